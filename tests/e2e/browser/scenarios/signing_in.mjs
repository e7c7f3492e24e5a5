// Sign-in: three roles, return to the requested page, wrong password, blocked cookies, several
// tabs.

import { strict as assert } from 'node:assert';

import { ask } from '../stage.mjs';

async function sees(stage, username, present, absent) {
  const page = await stage.tab();
  await page.goto(`${stage.application}/dashboard`);
  await stage.atSignInForm(page);
  await stage.shot(page, 'sign-in-form');
  await stage.signIn(page, username);
  await stage.at(page, '/dashboard');
  await stage.shot(page, 'dashboard');
  const text = await page.innerText('body');
  assert.match(text, new RegExp(`${username}@example.com`));
  assert.match(text, present);
  for (const other of absent) assert.doesNotMatch(text, other);

  const session = await ask(page, '/session');
  assert.equal(session.status, 200);
  assert.equal(JSON.parse(session.text).email, `${username}@example.com`);
  assert.doesNotMatch(session.text, /eyJ|token/i, 'a token for scripts to read');
  assert.equal(await page.evaluate(() => document.cookie), '', 'a cookie for scripts to read');
}

export const admin = (stage) => sees(stage, 'admin', /management/i, [/read-only/i, /no access/i]);
export const viewer = (stage) => (
  sees(stage, 'viewer', /read-only/i, [/management/i, /no access/i])
);
export const nobody = (stage) => (
  sees(stage, 'nobody', /no access/i, [/management/i, /read-only/i])
);

// Waits until the sign-in has ended at the application.
const back = (stage, page) => page.waitForURL(
  (url) => url.origin === stage.application && !url.pathname.startsWith('/login'),
);

export async function from_the_front_page(stage) {
  const page = await stage.tab();
  await page.goto(`${stage.application}/`);
  await stage.shot(page, 'front-page');
  await page.goto(`${stage.application}/login`);
  await stage.signIn(page, 'viewer');
  await back(stage, page);
  await stage.shot(page, 'signed-in');
  assert.equal((await ask(page, '/api/me')).status, 200);
}

export async function deep_link(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'viewer', '/dashboard?month=2026-11&view=a%26b');
  const url = page.url();
  assert.doesNotMatch(url, /code=|state=/, 'the code stays in the address');
}

export async function return_to_elsewhere(stage) {
  const page = await stage.tab();
  const foreign = [
    '//evil.example/',
    'https://evil.example/',
    '/\\evil.example',
    '/%2f/evil.example/..',
  ];
  for (const elsewhere of foreign) {
    await page.goto(`${stage.application}/login?return_to=${encodeURIComponent(elsewhere)}`);
    if (page.url().startsWith(stage.issuer)) await stage.signIn(page, 'viewer');
    await back(stage, page);
    assert.equal((await ask(page, '/api/me')).status, 200, elsewhere);
  }
}

export async function wrong_password(stage) {
  const page = await stage.tab();
  await page.goto(`${stage.application}/dashboard`);
  await stage.signIn(page, 'admin', { password: 'not this' });
  await page.waitForSelector('[role=alert]');
  await stage.shot(page, 'wrong-password');
  await stage.signIn(page, 'admin');
  await stage.at(page, '/dashboard');
}

export async function cancelled(stage) {
  const page = await stage.tab();
  await page.goto(`${stage.application}/dashboard`);
  await stage.atSignInForm(page);
  await page.click('button[value=cancel]');
  await page.waitForURL((url) => url.origin === stage.application);
  await stage.shot(page, 'cancelled');
  const html = await page.content();
  const details = /state=|code=|End-User aborted/;
  assert.doesNotMatch(html, details, 'the message of the provider belongs in the log');
  assert.equal((await ask(page, '/api/me')).status, 401);

  // The page offers another attempt, which leads to the page of the first one.
  await page.click('main a[href*="/login"], body a[href*="/login"]');
  await stage.signIn(page, 'viewer');
  await back(stage, page);
  await page.goto(`${stage.application}/dashboard`);
  await stage.at(page, '/dashboard');
}

export async function three_tabs(stage) {
  const context = await stage.browser();
  const tabs = await Promise.all([1, 2, 3].map(() => context.newPage()));
  const pages = tabs.map((page, index) => page.goto(`${stage.application}/dashboard?tab=${index}`));
  await Promise.all(pages);
  // All three forms are open before the first is submitted.
  await Promise.all(tabs.map((page) => stage.atSignInForm(page)));
  await Promise.all(tabs.map((page) => stage.signIn(page, 'admin')));
  await Promise.all(tabs.map((page, index) => stage.at(page, `/dashboard?tab=${index}`)));
  for (const page of tabs) assert.match(await page.innerText('body'), /management/i);
  const left = (await context.cookies(stage.application)).map(({ name }) => name);
  const attempts = left.filter((name) => /attempt/.test(name));
  assert.deepEqual(attempts, [], 'finished attempts leave no cookies');
}

export async function seven_tabs(stage) {
  const context = await stage.browser();
  const tabs = [];
  for (let index = 0; index < 7; index += 1) {
    const page = await context.newPage();
    await page.goto(`${stage.application}/dashboard?tab=${index}`);
    await stage.atSignInForm(page);
    tabs.push(page);
  }
  // The oldest attempt was dropped for the later ones. It still ends on a helpful page.
  await stage.signIn(tabs[0], 'viewer');
  await tabs[0].waitForURL(
    (url) => url.origin === stage.application || url.href.startsWith(stage.issuer),
  );
  await stage.shot(tabs[0], 'the-dropped-one');
  await stage.signIn(tabs[6], 'viewer');
  await stage.at(tabs[6], '/dashboard?tab=6');
  await tabs[0].goto(`${stage.application}/dashboard?tab=0`);
  await stage.at(tabs[0], '/dashboard?tab=0');
}

// Needs the response mode `form_post`.
export async function form_post(stage) {
  const page = await stage.tab();
  const callbacks = [];
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/authorization-code/callback') callbacks.push(request);
  });
  await stage.signInAndSee(page, 'admin', '/dashboard?by=form');
  assert.deepEqual(callbacks.map((request) => request.method()), ['POST']);
  assert.equal(new URL(callbacks[0].url()).search, '', 'nothing in the address');
  assert.match(await page.innerText('body'), /management/i);
}

export async function cookies_blocked(stage) {
  const page = await stage.tab({ withoutCookiesOf: stage.application });
  await page.goto(`${stage.application}/dashboard`);
  await stage.signIn(page, 'admin');
  // The provider has a session, so a retry needs no form. The retries must end by themselves.
  await page.waitForURL((url) => url.origin === stage.application);
  await page.waitForLoadState('networkidle');
  await stage.shot(page, 'cookies-blocked');
  assert.match(await page.innerText('body'), /cookie/i);
  assert.equal((await page.context().cookies(stage.application)).length, 0, 'cookies are blocked');
  assert.equal((await ask(page, '/api/me')).status, 401);
}
