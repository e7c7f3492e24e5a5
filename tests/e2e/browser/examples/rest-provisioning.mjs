// The application's own users, with the built-in test issuer.

import { strict as assert } from 'node:assert';

const profile = async (page) => JSON.parse(await page.innerText('body'));

export async function user_is_created_and_found_again(visit) {
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

export async function each_role_has_its_own_row(visit) {
  const rows = new Set();
  for (const role of ['admin', 'viewer', 'nobody']) {
    const page = await visit.tab();
    await page.goto(`${visit.application}/login?prompt=login`);
    await visit.signIn(page, role);
    await visit.at(page, '/api/profile');
    const { local, groups } = await profile(page);
    assert.equal(local.email, `${role}@example.com`);
    assert.equal(groups.includes('admin'), role === 'admin');
    assert.equal(groups.includes('viewer'), role === 'viewer');
    rows.add(local.id);
    if (role !== 'viewer') continue;
    // A token of the same user leads to the same row, without a cookie.
    const headers = { authorization: visit.setting('viewer') };
    const answer = await fetch(`${visit.application}/api/profile`, { headers });
    assert.deepEqual((await answer.json()).local, local);
  }
  assert.equal(rows.size, 3);
}

export async function social_sign_in_uses_its_identity_provider(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/login?idp=0oaSocial1`);
  await visit.signIn(page, 'viewer');
  await visit.at(page, '/api/profile');
  assert.equal((await profile(page)).idp, '0oaSocial1');
}

export async function forms_do_not_reveal_accounts(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  await page.click('text=Register');
  await visit.shots(page, 'register');
  await page.focus('[name=first_name]');
  for (const typed of ['Grace', 'Hopper', 'grace@example.com']) {
    await page.keyboard.type(typed);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await visit.at(page, '/mail-sent');
  const confirmation = await page.innerText('main');
  await visit.shots(page, 'mail-sent');
  for (const [path, email] of [
    ['forgot', 'admin@example.com'],
    ['forgot', 'eve@example.com'],
    ['activate', 'eve@example.com'],
  ]) {
    await page.goto(`${visit.application}/${path}`);
    await page.fill('[name=email]', email);
    await page.keyboard.press('Enter');
    await visit.at(page, '/mail-sent');
    assert.equal(await page.innerText('main'), confirmation);
  }
  // None of the forms signs the visitor in.
  assert.match(await page.innerText('header'), /sign in/i);
}
