// Ends of sessions: by themselves in the middle of a visit, and by signing out.

import { strict as assert } from 'node:assert';

import { ask, eventually } from '../stage.mjs';

// Runs with access tokens of few seconds and without refresh tokens.
export async function expiry_mid_visit(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'viewer');
  assert.equal((await ask(page, '/session')).status, 200);
  await eventually('the session ends', async () => (await ask(page, '/session')).status === 401);
  // A script is told so, and is not led to a page of somebody else's.
  assert.equal((await ask(page, '/api/me')).status, 401);
  // A person who goes on is signed in again without being asked, for the provider still knows them.
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
  await signOut(page);
  await page.waitForURL(`${stage.application}/`);
  await page.waitForLoadState('networkidle');
  await stage.shot(page, 'signed-out');
  assert.equal((await ask(page, '/api/me')).status, 401);

  // Back to the dashboard, as far as it takes: what was on it is not shown again.
  for (let steps = 0; steps < 4; steps += 1) {
    await page.goBack({ waitUntil: 'load' }).catch(() => {});
    assert.doesNotMatch(await page.innerText('body'), /management/i, page.url().replace(/\?.*/s, ''));
  }
  await stage.shot(page, 'back');

  // The session at the provider has ended too: the form is there again.
  await page.goto(`${stage.application}/dashboard`);
  await stage.atSignInForm(page);
}

export async function replay_after_sign_out(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  const stolen = (await page.context().cookies(stage.application)).filter(({ name }) => /okta_session/.test(name));
  assert.ok(stolen.length > 0);

  // Until the sign-out the cookie is as good in another browser.
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
