// Requests that only look like navigations, and navigations that do not: through a service worker,
// and before the user asks.

import { strict as assert } from 'node:assert';

import { ask, eventually } from '../stage.mjs';

// Workers of many applications pass requests on, as they are or with headers of their own.
const WORKERS = {
  '/as-they-are.js': `addEventListener('fetch', (event) => {
    event.respondWith(fetch(event.request));
  });`,
  '/with-a-header.js': `addEventListener('fetch', (event) => {
    const headers = { ...Object.fromEntries(event.request.headers), 'x-worker': '1' };
    event.respondWith(fetch(new Request(event.request, { headers })));
  });`,
};

// Needs the opener's origin as the application's public origin.
export async function service_worker(stage) {
  await stage.inFrontOfTheApplication(WORKERS);
  for (const worker of Object.keys(WORKERS)) {
    const page = await stage.tab();
    // A page without a Content-Security-Policy.
    await page.goto(`${stage.application}/health/live`);
    await page.evaluate(async (script) => {
      await navigator.serviceWorker.register(script);
      await navigator.serviceWorker.ready;
    }, worker);
    await page.goto(`${stage.application}/dashboard?by=worker`);
    await stage.signIn(page, 'viewer');
    await stage.at(page, '/dashboard?by=worker');
    assert.match(await page.innerText('body'), /viewer@example.com/);
    const isControlled = () => navigator.serviceWorker.controller !== null;
    assert.ok(await page.evaluate(isControlled), `${worker} controls no page`);
    assert.equal((await ask(page, '/api/me')).status, 200);
    // The sign-out passes the worker as well, and ends the provider's session.
    await page.click('form[action*="/logout"] button');
    await stage.at(page, '/');
    assert.equal((await ask(page, '/api/me')).status, 401, 'a script gets no redirect');
    await page.goto(`${stage.application}/dashboard`);
    await stage.atSignInForm(page);
  }
}

export async function form_without_a_session(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  await page.context().clearCookies({ domain: 'localhost' });
  await page.click('form[action*="/close"] button');
  await page.waitForSelector('text=You are not signed in');
  await stage.shot(page, 'not-signed-in');
  // The link leads back to the page with the form, which was not sent again.
  await page.click('main a');
  await stage.at(page, '/dashboard');
  assert.match(await page.innerText('main'), /Close the shop/);
}

async function rejections(stage) {
  const metrics = await (await fetch(`${stage.application}/metrics`)).text();
  const count = /okta_tower_refusals_total\{reason="missing_credentials"\} (\d+)/.exec(metrics);
  return Number(count?.[1] ?? 0);
}

export async function speculation(stage) {
  const context = await stage.browser();
  const signingIn = await context.newPage();
  await signingIn.goto(`${stage.application}/dashboard?tab=first`);
  await stage.atSignInForm(signingIn);
  const attempts = async () => (
    (await context.cookies(stage.application)).filter(({ name }) => /attempt/.test(name))
  );
  const before = await attempts();
  assert.equal(before.length, 1);

  const page = await context.newPage();
  await page.goto(`${stage.application}/health/live`);
  const rejected = await rejections(stage);
  await page.evaluate(() => {
    const urls = [1, 2, 3, 4, 5, 6].map((link) => `/dashboard?link=${link}`);
    const rules = document.createElement('script');
    rules.type = 'speculationrules';
    rules.textContent = JSON.stringify({ prefetch: [{ urls, eagerness: 'immediate' }] });
    document.head.append(rules);
    const link = document.createElement('a');
    [link.href, link.textContent] = [urls[0], 'Dashboard'];
    document.body.append(link);
  });
  await eventually('six prefetches', async () => await rejections(stage) >= rejected + 6);
  assert.deepEqual(await attempts(), before);

  // A click is not answered by the prefetch.
  await page.click('text=Dashboard');
  await stage.atSignInForm(page);
  await stage.signIn(signingIn, 'viewer');
  await stage.at(signingIn, '/dashboard?tab=first');
}
