// Pages of other origins: the one that may open the popup, and those that may nothing.

import { strict as assert } from 'node:assert';

import { ask, eventually } from '../stage.mjs';

// Opens the popup at a click, as browsers ask for, and keeps what it is told.
const opener = (application) => `<!doctype html><title>Front end</title>
<button>Sign in</button>
<script>
  const heard = [];
  addEventListener('message', ({ origin, data }) => heard.push({ origin, data }));
  document.querySelector('button').onclick = () => open('${application}/login?mode=popup', 'sign-in', 'popup');
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
  assert.doesNotMatch(JSON.stringify(heard), /eyJ/, 'a token, which nobody opted into');
  await stage.shot(page, 'opener');
  // The session is there: the application's own page needs no sign-in.
  await page.goto(`${stage.application}/dashboard`);
  await stage.at(page, '/dashboard');
}

// The same page at another origin: it hears nothing.
export async function popup_of_a_stranger(stage) {
  const page = await stage.tab();
  await page.goto(await stage.site(opener(stage.application)));
  const popped = await popUp(stage, page);
  await eventually('the popup has done what it does', async () => (
    popped.isClosed() || (await popped.evaluate(() => document.readyState).catch(() => '')) === 'complete'
      && popped.url().startsWith(stage.application)
  ));
  if (!popped.isClosed()) {
    await popped.waitForLoadState('networkidle').catch(() => {});
    if (!popped.isClosed()) await stage.shot(popped, 'popup');
  }
  // Whatever was posted has been delivered once a later message has.
  await page.evaluate(() => new Promise((over) => {
    addEventListener('message', ({ data }) => data === 'last' && over());
    postMessage('last', '*');
  }));
  const heard = await page.evaluate(() => heard.filter(({ data }) => data !== 'last'));
  assert.deepEqual(heard, []);
}

const crossing = (application, body) => `<!doctype html><title>Another origin</title>
<script>
  const look = () => fetch('${application}/api/me', { mode: 'no-cors', credentials: 'include' }).catch(() => {});
  const send = () => fetch('${application}/api/echo', {
    method: 'POST', mode: 'no-cors', credentials: 'include', headers: { 'content-type': 'text/plain' }, body: '${body}',
  }).catch(() => {});
</script>`;

// Another port of `localhost` is the same site, so that the cookie goes along, and another origin all the same.
export async function cross_origin_post(stage) {
  const page = await stage.tab();
  await stage.signInAndSee(page, 'admin');
  const post = (type) => ask(page, '/api/echo', {
    method: 'POST', headers: { 'content-type': type }, body: '{"say":"hello"}',
  });
  const own = await post('application/json');
  assert.equal(own.status, 200, own.text);
  assert.deepEqual(JSON.parse(own.text).echo, { say: 'hello' });
  // The twin of the refused request: past the door, and then of a type that the handler does not take.
  assert.notEqual((await post('text/plain')).status, 403);

  await page.goto(await stage.site(crossing(stage.application, '{"say":"hello"}')));
  const statusOf = async (path, asked) => {
    const answered = page.waitForResponse((response) => response.url().endsWith(path));
    await page.evaluate(asked);
    return (await answered).status();
  };
  // That a request to look is answered shows that the cookie goes along.
  assert.equal(await statusOf('/api/me', () => look()), 200);
  assert.equal(await statusOf('/api/echo', () => send()), 403);
}
