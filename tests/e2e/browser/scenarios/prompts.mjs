// `prompt`: whether the provider may or must ask the user.

import { strict as assert } from 'node:assert';

import { ask } from '../stage.mjs';

export async function prompt_none_without_a_session(stage) {
  const page = await stage.tab();
  await page.goto(`${stage.application}/login?prompt=none&return_to=/dashboard`);
  // The provider did not ask: the browser is back on a page, not in a loop.
  await page.waitForLoadState('networkidle');
  assert.ok(page.url().startsWith(stage.application), page.url());
  await stage.shot(page, 'login-required');
  assert.equal((await ask(page, '/api/me')).status, 401);
}

export async function prompt_none_with_a_session(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  // The provider has a session, the application has none.
  await page.context().clearCookies({ domain: 'localhost' });
  await page.goto(`${stage.application}/login?prompt=none&return_to=/dashboard`);
  await stage.at(page, '/dashboard');
  assert.match(await page.innerText('body'), /admin@example.com/);
}

// A failed `prompt=none` leaves the application's session alone.
export async function prompt_none_that_fails_keeps_the_session(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  await page.context().clearCookies({ domain: '127.0.0.1' });
  await page.goto(`${stage.application}/login?prompt=none&return_to=/dashboard`);
  await page.waitForLoadState('networkidle');
  assert.ok(page.url().startsWith(stage.application), page.url());
  assert.equal((await ask(page, '/api/me')).status, 200);
}

export async function prompt_login(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'viewer');
  // Both have a session, and the provider asks nevertheless.
  await page.goto(`${stage.application}/login?prompt=login&return_to=/dashboard`);
  await stage.signIn(page, 'admin');
  await stage.at(page, '/dashboard');
  assert.match(await page.innerText('body'), /admin@example.com/);
}
