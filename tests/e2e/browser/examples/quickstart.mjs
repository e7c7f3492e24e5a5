// The quickstart with the built-in test issuer.

import { strict as assert } from 'node:assert';

export async function admin_signs_in_and_out(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  await visit.shots(page, 'home');
  await page.click('text=Sign in');
  await visit.signIn(page, 'admin');
  await visit.at(page, '/dashboard');
  await visit.shots(page, 'dashboard');
  assert.match(await page.innerText('main'), /management/i);
  await page.click('text=Sign out');
  await visit.at(page, '/');
  assert.match(await page.innerText('header'), /sign in/i);
}
