// Pages on other origins: one that may open the popup, and others without rights.

import { strict as assert } from 'node:assert';

import { ask, eventually } from '../stage.mjs';

// Opens the popup on a click, which browsers require, and collects the messages.
const opener = (application) => `<!doctype html><title>Front end</title>
<button>Sign in</button>
<script>
  const heard = [];
  addEventListener('message', ({ origin, data }) => heard.push({ origin, data }));
  const login = '${application}/login?mode=popup';
  document.querySelector('button').onclick = () => open(login, 'sign-in', 'popup');
</script>`;

async function popUp(stage, page) {
  const [popup] = await Promise.all([page.waitForEvent('popup'), page.click('button')]);
  await stage.signIn(popup, 'viewer');
  return popup;
}

export async function popup(stage) {
  const page = await stage.tab();
  const origin = await stage.site(opener(stage.application), stage.opener);
  await page.goto(origin);
  await popUp(stage, page);
  await eventually('a message', async () => (await page.evaluate(() => heard.length)) > 0);
  const heard = await page.evaluate(() => heard);
  assert.deepEqual(heard.map(({ origin: from }) => from), [stage.application]);
  assert.doesNotMatch(JSON.stringify(heard), /eyJ/, 'a token without opt-in');
  await stage.shot(page, 'opener');
  // The session exists: the application's own page needs no sign-in.
  await page.goto(`${stage.application}/dashboard`);
  await stage.at(page, '/dashboard');
}

// The same page on another origin receives nothing.
export async function popup_of_a_foreign_origin(stage) {
  const page = await stage.tab();
  await page.goto(await stage.site(opener(stage.application)));
  const popped = await popUp(stage, page);
  await eventually('the popup has finished', async () => (
    popped.isClosed() || (popped.url().startsWith(stage.application)
      && (await popped.evaluate(() => document.readyState).catch(() => '')) === 'complete')
  ));
  if (!popped.isClosed()) {
    await popped.waitForLoadState('networkidle').catch(() => {});
    if (!popped.isClosed()) await stage.shot(popped, 'popup');
  }
  // Messages arrive in order: once this one is here, all earlier ones are too.
  await page.evaluate(() => new Promise((over) => {
    addEventListener('message', ({ data }) => data === 'last' && over());
    postMessage('last', '*');
  }));
  const heard = await page.evaluate(() => heard.filter(({ data }) => data !== 'last'));
  assert.deepEqual(heard, []);
}

const crossing = (application, body) => `<!doctype html><title>Another origin</title>
<script>
  const includingCookies = { mode: 'no-cors', credentials: 'include' };
  const look = () => fetch('${application}/api/me', includingCookies).catch(() => {});
  const send = () => fetch('${application}/api/echo', {
    ...includingCookies, method: 'POST', headers: { 'content-type': 'text/plain' }, body: '${body}',
  }).catch(() => {});
</script>`;

// Another port of `localhost` is the same site, so the cookie is sent, but it is another origin.
export async function cross_origin_post(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  const post = (type) => ask(page, '/api/echo', {
    method: 'POST', headers: { 'content-type': type }, body: '{"say":"hello"}',
  });
  const own = await post('application/json');
  assert.equal(own.status, 200, own.text);
  assert.deepEqual(JSON.parse(own.text).echo, { say: 'hello' });
  // The same request as the rejected one below passes the origin check. Then its type is rejected.
  assert.notEqual((await post('text/plain')).status, 403);

  await page.goto(await stage.site(crossing(stage.application, '{"say":"hello"}')));
  const statusOf = async (path, asked) => {
    const answered = page.waitForResponse((response) => response.url().endsWith(path));
    await page.evaluate(asked);
    return (await answered).status();
  };
  // The successful GET shows that the cookie is sent.
  assert.equal(await statusOf('/api/me', () => look()), 200);
  assert.equal(await statusOf('/api/echo', () => send()), 403);
}
