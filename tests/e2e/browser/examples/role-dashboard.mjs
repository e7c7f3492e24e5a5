// A dashboard for each role, with the built-in test issuer.

import { strict as assert } from 'node:assert';

export async function each_role_sees_its_own_dashboard(visit) {
  for (const [role, seen, unseen] of [
    ['admin', /Takings/, /No access/],
    ['viewer', /Harbour Works/, /840 €/],
    ['nobody', /No access/, /Harbour Works/],
  ]) {
    const page = await visit.tab();
    await page.goto(`${visit.application}/`);
    if (role === 'admin') await visit.shots(page, 'home');
    await page.click('text=Open the dashboard');
    await visit.signIn(page, role);
    await visit.at(page, '/dashboard');
    await visit.shots(page, role);
    const main = await page.innerText('main');
    assert.match(main, seen);
    assert.doesNotMatch(main, unseen);
    // The server also protects pages that are not linked.
    assert.equal(await page.locator('nav >> text=Sign-ins').count(), role === 'admin' ? 1 : 0);
    const audit = await page.goto(`${visit.application}/audit`);
    assert.equal(audit.status(), role === 'admin' ? 200 : 403);
    await page.goto(`${visit.application}/dashboard`);
    // With the keyboard.
    await page.focus('text=Sign out');
    await page.keyboard.press('Enter');
    await visit.at(page, '/');
    await page.goto(`${visit.application}/dashboard`);
    await visit.atSignInForm(page);
  }
}

export async function failed_sign_in_is_on_the_audit_page(visit) {
  const anonymous = await visit.tab();
  await anonymous.goto(`${visit.application}/dashboard`);
  await visit.atSignInForm(anonymous);
  await anonymous.click('button[value=cancel]');
  await anonymous.waitForSelector('text=You were not signed in');

  const page = await visit.tab();
  await page.goto(`${visit.application}/dashboard`);
  await visit.signIn(page, 'admin');
  await visit.at(page, '/dashboard');
  await page.click('nav >> text=Sign-ins');
  const main = await page.innerText('main');
  assert.match(main, /cancelled\s+not verified/);
  assert.match(main, /success\s+00u/);
  await visit.shots(page, 'audit');
}
