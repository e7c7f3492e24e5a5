// A minimal browser: keeps cookies and follows redirects, so that users' tokens come from a real
// authorization code flow with PKCE (RFC 7636).

import { createHash, randomBytes } from 'node:crypto';

import { CLIENTS, REDIRECT_URI } from './accounts.mjs';

const MOST_REDIRECTS = 10;

export function basic({ client_id: id, client_secret: secret }) {
  const credentials = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}

// Sends a token request. Returns the response, or throws an error with it.
export async function askForToken(issuer, client, form, headers) {
  const response = await fetch(`${issuer}/v1/token`, {
    method: 'POST',
    headers: { authorization: basic(client), ...headers },
    body: new URLSearchParams(form),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`token endpoint: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

// Signs `user` in, exchanges the code, and returns the token response.
export async function signInAs(issuer, user, scope, headers) {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  // Only ID tokens have a nonce, and only `openid` gives ID tokens.
  const hasIdToken = scope.split(' ').includes('openid');
  const start = new URL(`${issuer}/v1/authorize`);
  start.search = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENTS.web.client_id,
    redirect_uri: REDIRECT_URI,
    scope,
    state,
    ...(hasIdToken ? { nonce: randomBytes(16).toString('base64url') } : {}),
    login_hint: user,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });

  const back = await followTo(REDIRECT_URI, start);
  if (back.searchParams.get('state') !== state) throw new Error(`foreign state in ${back}`);
  const code = back.searchParams.get('code');
  if (!code) throw new Error(`no code in ${back}`);
  return askForToken(issuer, CLIENTS.web, {
    grant_type: 'authorization_code', code, redirect_uri: REDIRECT_URI, code_verifier: verifier,
  }, headers);
}

async function followTo(destination, start) {
  const cookies = new Map();
  let url = start;
  for (let hops = 0; hops < MOST_REDIRECTS; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: cookie ? { cookie } : {} });
    for (const line of response.headers.getSetCookie()) {
      const [pair] = line.split(';');
      const equals = pair.indexOf('=');
      cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    const location = response.headers.get('location');
    if (!location) {
      throw new Error(`${url}: ${response.status} and no redirect: ${await response.text()}`);
    }
    url = new URL(location, url);
    if (url.href.startsWith(destination)) return url;
  }
  throw new Error(`more than ${MOST_REDIRECTS} redirects from ${start}`);
}
