// Requests that only look like navigations, and navigations that do not: through a service worker,
// and before the user asks.

import { strict as assert } from 'node:assert';

import { eventually } from '../stage.mjs';

// Passes every request on, as workers of many applications do.
const WORKERS = {
  plain: `addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));`,
};

async function underWorker(stage, script) {
  const context = await stage.browser();
  const page = await context.newPage();
  await context.route('**/worker.js', (route) => route.fulfill({
    contentType: 'text/javascript', body: script,
  }));
  // A page without a Content-Security-Policy.
  await page.goto(`${stage.application}/health/live`);
  await page.evaluate(async () => {
    await navigator.serviceWorker.register('/worker.js');
    const { active } = await navigator.serviceWorker.ready;
    if (active.state !== 'activated') {
      await new Promise((over) => active.addEventListener('statechange', over));
    }
  });
  return page;
}

export async function service_worker(stage) {
  const page = await underWorker(stage, WORKERS.plain);
  const [request] = await Promise.all([
    page.waitForEvent('request', (asked) => asked.url().endsWith('/dashboard?by=worker')),
    page.goto(`${stage.application}/dashboard?by=worker`),
  ]);
  assert.ok(request.isNavigationRequest());
  assert.ok(await page.evaluate(() => true));
  await stage.signIn(page, 'viewer');
  await stage.at(page, '/dashboard?by=worker');
  assert.match(await page.innerText('body'), /viewer@example.com/);
  assert.ok(await page.evaluate(() => navigator.serviceWorker.controller !== null));
  // A script of that page still gets 401 after the sign-out.
  await page.click('form[action*="/logout"] button');
  await page.waitForURL(`${stage.application}/`);
  const status = await page.evaluate(async () => (
    (await fetch('/api/me', { redirect: 'manual' })).status
  )).catch(() => 401);
  assert.equal(status, 401);
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
