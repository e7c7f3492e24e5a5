// Ends of sessions: by expiry during a visit, and by sign-out.

import { strict as assert } from 'node:assert';

import { ask, eventually } from '../stage.mjs';

// Needs access tokens that live for a few seconds, and no refresh tokens.
export async function expiry_mid_visit(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'viewer');
  assert.equal((await ask(page, '/session')).status, 200);
  await eventually('the session ends', async () => (await ask(page, '/session')).status === 401);
  // A script gets 401, without a redirect to the provider.
  assert.equal((await ask(page, '/api/me')).status, 401);
  // A navigation signs the user in silently, because the provider still has a session.
  await page.goto(`${stage.application}/dashboard?page=2`);
  await stage.at(page, '/dashboard?page=2');
  assert.match(await page.innerText('body'), /viewer@example.com/);
}

async function signOut(page) {
  await page.click('form[action*="/logout"] button');
}

export async function sign_out_and_back(stage) {
  const page = await stage.tab();
  await page.goto(`${stage.application}/`);
  await stage.signInAndSee(page, 'admin', '/dashboard');
  // The return has a `state`, which is checked and removed.
  const returned = page.waitForRequest((request) =>
    request.url().startsWith(`${stage.application}/?state=`));
  await signOut(page);
  await returned;
  await page.waitForURL(`${stage.application}/`);
  await page.waitForLoadState('networkidle');
  await stage.shot(page, 'signed-out');
  assert.equal((await ask(page, '/api/me')).status, 401);

  // The Back button must not show the dashboard again, however often it is used.
  for (let steps = 0; steps < 4; steps += 1) {
    await page.goBack({ waitUntil: 'load' }).catch(() => {});
    const place = page.url().replace(/\?.*/s, '');
    assert.doesNotMatch(await page.innerText('body'), /management/i, place);
  }
  await stage.shot(page, 'back');

  // The session at the provider has ended too, so the form appears again.
  await page.goto(`${stage.application}/dashboard`);
  await stage.atSignInForm(page);
}

// Needs the opener's origin as the page to return to after a sign-out.
export async function sign_out_to_another_origin(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  const elsewhere = await stage.site('<!doctype html><title>Elsewhere</title><p>Goodbye');
  await stage.siteThatRedirects(`${elsewhere}/goodbye`, stage.opener);
  await signOut(page);
  // Browsers hold redirects that follow a form against `form-action`.
  await page.waitForURL(`${elsewhere}/goodbye`);
  assert.match(await page.innerText('body'), /Goodbye/);
  await page.goto(`${stage.application}/dashboard`);
  await stage.atSignInForm(page);
}

export async function replay_after_sign_out(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  const cookies = await page.context().cookies(stage.application);
  const stolen = cookies.filter(({ name }) => /okta_session/.test(name));
  assert.ok(stolen.length > 0);

  // Before the sign-out, the cookie also works in another browser.
  const thief = await stage.browser();
  await thief.addCookies(stolen);
  const elsewhere = await thief.newPage();
  await elsewhere.goto(`${stage.application}/dashboard`);
  await stage.at(elsewhere, '/dashboard');

  await signOut(page);
  await page.waitForURL(`${stage.application}/`);

  await thief.clearCookies();
  await thief.addCookies(stolen);
  assert.equal((await ask(elsewhere, '/api/me')).status, 401);
  await elsewhere.goto(`${stage.application}/dashboard`);
  await stage.atSignInForm(elsewhere);
}
