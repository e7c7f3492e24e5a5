// The code flow with the built-in test issuer.

import { strict as assert } from 'node:assert';

export async function each_role_reads_its_own_claims(visit) {
  for (const role of ['admin', 'viewer', 'nobody']) {
    const page = await visit.tab();
    await page.goto(`${visit.application}/`);
    if (role === 'admin') await visit.shots(page, 'home');
    await page.click('text=Sign in as another user');
    await visit.signIn(page, role);
    await visit.at(page, '/profile');
    const main = await page.innerText('main');
    assert.ok(main.includes(`${role}@example.com`), main);
    if (role === 'admin') await visit.shots(page, 'profile');
    const items = await page.goto(`${visit.application}/read-items`);
    assert.equal(items.status(), 200);
    await page.goto(`${visit.application}/profile`);
    await page.click('text=Sign out');
    await visit.at(page, '/');
    assert.match(await page.innerText('main'), /You are not signed in/);
  }
}

export async function sign_in_works_by_keyboard(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  // Keyboard order: the skip link, the links of the header, the content.
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Sign in');
  await page.keyboard.press('Enter');
  await visit.signIn(page, 'viewer');
  await visit.at(page, '/profile');
  assert.equal(await page.locator('textarea').count(), 1);
}
