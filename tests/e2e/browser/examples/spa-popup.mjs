// A React application that signs users in by popup, with an API on another origin.

import { strict as assert } from 'node:assert';

const signInButton = 'main button:has-text("Sign in")';
const dataButton = 'text=Get the secure data';

// Opens the popup, and submits its form if there is one.
async function signedIn(visit, page, role) {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(signInButton)]);
  if (role) await visit.signIn(popup, role);
  if (!popup.isClosed()) await popup.waitForEvent('close');
  await page.waitForSelector(dataButton);
}

const stored = (page) => page.evaluate(
  () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
);

const plantToken = (page) => page.evaluate(
  () => window.postMessage({ type: 'okta-tower:signed-in', accessToken: 'planted' }, '*'),
);

export async function each_role_signs_in_and_out(visit) {
  assert.notEqual(new URL(visit.application).origin, new URL(visit.setting('backend')).origin);
  for (const role of ['admin', 'viewer', 'nobody']) {
    const page = await visit.tab();
    await page.goto(`${visit.application}/`);
    if (role === 'admin') await visit.shots(page, 'home');
    await signedIn(visit, page, role);
    await page.click(dataButton);
    await page.waitForSelector('text=This is for signed-in users.');
    const main = await page.innerText('main');
    assert.ok(main.includes(`${role}@example.com`), main);
    assert.equal(main.includes('Everyone, admin'), role === 'admin');
    if (role === 'admin') await visit.shots(page, 'data');
    // By keyboard, to Okta and back.
    await page.focus('text=Sign out');
    await page.keyboard.press('Enter');
    await page.waitForSelector(signInButton);
    assert.equal(new URL(page.url()).origin, visit.application);
    // Okta's session has ended too: the form appears again.
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(signInButton)]);
    await visit.atSignInForm(popup);
    await popup.close();
  }
}

export async function token_in_memory_is_lost_on_reload(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  await signedIn(visit, page, 'viewer');
  assert.equal(await stored(page), '[{},{}]');
  await page.reload();
  await page.waitForSelector(signInButton);
  // Okta still has a session: one click, and no form.
  await signedIn(visit, page, null);
  await page.click(dataButton);
  await page.waitForSelector('text=viewer@example.com');
}

export async function token_in_local_storage_survives_reload(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  assert.match(await page.innerText('main'), /can read and copy it/);
  await signedIn(visit, page, 'viewer');
  assert.match(await stored(page), /access_token.*eyJ/);
  await visit.shots(page, 'local');
  await page.reload();
  await page.click(dataButton);
  await page.waitForSelector('text=viewer@example.com');
  await page.click('text=Sign out');
  await page.waitForSelector(signInButton);
  assert.equal(await stored(page), '[{},{}]');
}

export async function rejected_token_asks_for_one_sign_in(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  await signedIn(visit, page, 'viewer');
  // From now on the API rejects every token.
  let asked = 0;
  await page.route('**/secure-data', (route) => {
    if (route.request().method() === 'GET') asked += 1;
    const headers = { ...route.request().headers(), authorization: 'Bearer invalid' };
    return route.continue({ headers });
  });
  let loads = 0;
  page.on('load', () => (loads += 1));
  let popups = 0;
  page.on('popup', () => (popups += 1));
  await page.click(dataButton);
  await page.waitForSelector('text=Your session has ended. Please sign in again.');
  await visit.shots(page, 'ended');
  // Enough time for a loop to show.
  await page.waitForTimeout(1000);
  assert.deepEqual([asked, loads, popups], [1, 0, 0]);
  await signedIn(visit, page, null);
  await page.click(dataButton);
  await page.waitForSelector('text=Your session has ended. Please sign in again.');
  await page.waitForTimeout(1000);
  assert.deepEqual([asked, loads, popups], [2, 0, 1]);
  // The API accepts tokens again.
  await page.unroute('**/secure-data');
  await signedIn(visit, page, null);
  await page.click(dataButton);
  await page.waitForSelector('text=viewer@example.com');
}

export async function failed_sign_in_is_reported(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  const open = async () => {
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(signInButton)]);
    await visit.atSignInForm(popup);
    return popup;
  };
  await (await open()).click('button[value=cancel]');
  await page.waitForSelector('text=The sign-in was cancelled');
  await (await open()).close();
  await page.waitForSelector('text=The window was closed before you were signed in.');
  // The page ignores messages that are not from the popup.
  await plantToken(page);
  const popup = await open();
  await plantToken(page);
  await page.waitForTimeout(300);
  assert.equal(await page.locator(dataButton).count(), 0);
  await visit.signIn(popup, 'viewer');
  await page.waitForSelector(dataButton);
}
