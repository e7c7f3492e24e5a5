// A React application that signs in by popup at an API of another origin.

import { strict as assert } from 'node:assert';

const signInButton = 'main button:has-text("Sign in")';
const dataButton = 'text=Get the secure data';

// Clicks, and fills in the form of the popup if there is one.
async function signedIn(visit, page, role) {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(signInButton)]);
  if (role) await visit.signIn(popup, role);
  if (!popup.isClosed()) await popup.waitForEvent('close');
  await page.waitForSelector(dataButton);
}

const stored = (page) => page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

export async function each_role_signs_in_and_out(visit) {
  assert.notEqual(new URL(visit.application).origin, new URL(visit.setting('backend')).origin);
  for (const role of ['admin', 'viewer', 'nobody']) {
    const page = await visit.tab();
    await page.goto(`${visit.application}/`);
    if (role === 'admin') await visit.shots(page, 'home');
    await signedIn(visit, page, role);
    await page.click(dataButton);
    await page.waitForSelector('text=This is for whoever is signed in.');
    const main = await page.innerText('main');
    assert.ok(main.includes(`${role}@example.com`), main);
    assert.equal(main.includes('Everyone, admin'), role === 'admin');
    if (role === 'admin') await visit.shots(page, 'data');
    // By keyboard, to Okta and back.
    await page.focus('text=Sign out');
    await page.keyboard.press('Enter');
    await page.waitForSelector(signInButton);
    assert.equal(new URL(page.url()).origin, visit.application);
    // Okta's session is over, too: it asks who it is.
    const [popup] = await Promise.all([page.waitForEvent('popup'), page.click(signInButton)]);
    await visit.atSignInForm(popup);
    await popup.close();
  }
}

export async function the_token_is_gone_with_the_page(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  await signedIn(visit, page, 'viewer');
  assert.equal(await stored(page), '[{},{}]');
  await page.reload();
  await page.waitForSelector(signInButton);
  // Okta still knows who it is: one click, and no form.
  await signedIn(visit, page, null);
  await page.click(dataButton);
  await page.waitForSelector('text=viewer@example.com');
}

export async function the_token_outlives_the_page_in_local_storage(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  assert.match(await page.innerText('main'), /can read it there and carry it away/);
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

export async function a_401_asks_for_one_sign_in(visit) {
  const page = await visit.tab();
  await page.goto(`${visit.application}/`);
  await signedIn(visit, page, 'viewer');
  // The API refuses every token from now on.
  let asked = 0;
  await page.route('**/secure-data', (route) => {
    if (route.request().method() === 'GET') asked += 1;
    return route.continue({ headers: { ...route.request().headers(), authorization: 'Bearer spoilt' } });
  });
  let loads = 0;
  page.on('load', () => (loads += 1));
  let popups = 0;
  page.on('popup', () => (popups += 1));
  await page.click(dataButton);
  await page.waitForSelector('text=Your sign-in has ended. Please sign in again.');
  await visit.shots(page, 'ended');
  // A loop would have gone round by now.
  await page.waitForTimeout(1000);
  assert.deepEqual([asked, loads, popups], [1, 0, 0]);
  await signedIn(visit, page, null);
  await page.click(dataButton);
  await page.waitForSelector('text=Your sign-in has ended. Please sign in again.');
  await page.waitForTimeout(1000);
  assert.deepEqual([asked, loads, popups], [2, 0, 1]);
  // And takes them again.
  await page.unroute('**/secure-data');
  await signedIn(visit, page, null);
  await page.click(dataButton);
  await page.waitForSelector('text=viewer@example.com');
}

export async function a_sign_in_that_comes_to_nothing_is_told(visit) {
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
  // A window that is not the backend's says what it likes, and is not believed.
  await page.evaluate(() => window.postMessage({ type: 'okta-tower:signed-in', accessToken: 'planted' }, '*'));
  const popup = await open();
  await page.evaluate(() => window.postMessage({ type: 'okta-tower:signed-in', accessToken: 'planted' }, '*'));
  await page.waitForTimeout(300);
  assert.equal(await page.locator(dataButton).count(), 0);
  await visit.signIn(popup, 'viewer');
  await page.waitForSelector(dataButton);
}
