// People of the application's own, with the issuer that it brings.

import { strict as assert } from 'node:assert';

const profile = async (page) => JSON.parse(await page.innerText('body'));

export async function a_person_is_created_and_found_again(visit) {
  const admin = await visit.tab();
  await admin.goto(`${visit.application}/api/profile`);
  await visit.signIn(admin, 'admin');
  await visit.at(admin, '/api/profile');
  const first = await profile(admin);
  assert.equal(first.local.email, 'admin@example.com');
  assert.equal(first.local.sign_ins, 1);
  assert.ok(first.groups.includes('admin'));

  await admin.reload();
  assert.deepEqual(await profile(admin), first);

  await admin.goto(`${visit.application}/login?prompt=login`);
  await visit.signIn(admin, 'admin');
  await visit.at(admin, '/api/profile');
  const second = await profile(admin);
  assert.deepEqual(second.local, { ...first.local, sign_ins: 2 });

  await admin.goto(`${visit.application}/`);
  await visit.shots(admin, 'home');
  await admin.click('text=Sign out');
  await visit.at(admin, '/');
  assert.match(await admin.innerText('header'), /sign in/i);
  await admin.goto(`${visit.application}/api/profile`);
  await visit.atSignInForm(admin);
}
