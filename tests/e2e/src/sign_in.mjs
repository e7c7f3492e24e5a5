// The sign-in pages: a form with login and password, and a way to cancel.

import { CLIENTS, PASSWORD, USERS, userByLogin } from './accounts.mjs';
import { text } from './token_endpoint.mjs';

// Handles everything below `/signin/`. Consents are given automatically, as at Okta by default.
export async function signIn(provider, request, response) {
  const { params, prompt } = await provider.interactionDetails(request, response);
  const finish = (result) => provider.interactionFinished(request, response, result);
  if (prompt.name === 'consent') return finish({ consent: {} });

  // No user can fill in a form during the flows of the control endpoint.
  const known = params.client_id === CLIENTS.web.client_id ? USERS[params.login_hint] : undefined;
  if (known) return finish(signedIn(known));

  if (request.method !== 'POST') return page(response, params.login_hint ?? '');
  const typed = new URLSearchParams(await text(request));
  if (typed.get('action') === 'cancel') {
    return finish({ error: 'access_denied', error_description: 'End-User aborted interaction' });
  }
  const user = userByLogin(typed.get('username'));
  if (!user || typed.get('password') !== PASSWORD) {
    return page(response, typed.get('username') ?? '', 'Unable to sign in');
  }
  return finish(signedIn(user));
}

const signedIn = ({ uid }) => ({ login: { accountId: uid, amr: ['pwd'], remember: true } });

function page(response, login, complaint) {
  response.writeHead(complaint ? 401 : 200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  });
  response.end(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Sign in</title>
<style>
  body { font: 16px/1.5 sans-serif; max-width: 20rem; margin: 4rem auto; }
  label, input, button { display: block; width: 100%; box-sizing: border-box; margin-top: .5rem; }
  .complaint { color: #a00; }
</style>
<h1>Sign in</h1>
${complaint ? `<p class="complaint" role="alert">${complaint}</p>` : ''}
<form method="post">
  <label>Username <input name="username" value="${escaped(login)}" autocomplete="off"></label>
  <label>Password <input name="password" type="password" value=""></label>
  <button name="action" value="sign-in">Sign in</button>
  <button name="action" value="cancel">Cancel</button>
</form>
</html>`);
}

// Okta asks for no confirmation if the request names user and client. The provider would, so the
// page submits itself.
export function logoutPage(ctx, form) {
  ctx.body = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Signing out</title>
${form.replace('</form>', `<input type="hidden" name="logout" value="yes">
<button>Sign out</button></form>`)}
<script>document.forms[0].submit()</script>
</html>`;
}

function escaped(value) {
  const names = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return value.replace(/[&<>"]/g, (character) => names[character]);
}
