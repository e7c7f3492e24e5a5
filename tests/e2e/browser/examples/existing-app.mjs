// The existing application with the built-in test issuer.

import { strict as assert } from 'node:assert';

export async function each_role_sees_its_own_account(visit) {
  for (const role of ['admin', 'viewer', 'nobody']) {
    const page = await visit.tab();
    await page.goto(`${visit.application}/dashboard`);
    await visit.signIn(page, role);
    await visit.at(page, '/dashboard');
    const main = await page.innerText('main');
    assert.ok(main.includes(`${role}@example.com`) && main.includes('ACTIVE'), main);
    if (role === 'admin') await visit.shots(page, 'dashboard');
    await page.click('nav >> text=Repositories');
    assert.match(await page.innerText('main'), /bellows/);
    if (role === 'admin') await visit.shots(page, 'repositories');
    await page.goto(`${visit.application}/`);
    if (role === 'admin') await visit.shots(page, 'home');
    assert.match(await page.innerText('main'), /Welcome back/);
  // Sign-out by GET, with the keyboard.
    await page.click('text=Open the dashboard');
    await page.focus('text=Sign out');
    await page.keyboard.press('Enter');
    await visit.at(page, '/');
    assert.match(await page.innerText('main'), /Welcome\./);
    await page.goto(`${visit.application}/repositories`);
    await visit.atSignInForm(page);
  }
}
