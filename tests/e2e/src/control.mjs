// The control endpoint, which real providers do not have: tokens in one request, key rotation,
// counters, settings, and faults of the token endpoint.

import { CLIENTS, USERS } from './accounts.mjs';
import { askForToken, signInAs } from './browser.mjs';
import { proof } from './dpop.mjs';
import { CLAIMS_HEADER, TYP_HEADER } from './shape.mjs';

export function control(provider, origin) {
  const routes = {
    'GET /control/token': (asked) => token(provider.issuer, asked),
    'POST /control/rotate': (asked) => provider.rotate(asked.get('step')),
    'POST /control/app': (asked) => provider.changeApp(asked),
    'POST /control/lifetimes': (asked) => provider.changeLifetimes(asked),
    'POST /control/token-fault': (asked) => provider.setTokenFault(asked),
    'GET /control/stats': () => provider.stats(),
  };
  return async (request, response) => {
    const url = new URL(request.url, origin);
    const route = routes[`${request.method} ${url.pathname}`];
    let status = 200;
    let answer;
    try {
      if (!route) throw new Error(`no such control: ${request.method} ${url.pathname}`);
      answer = await route(url.searchParams);
    } catch (failure) {
      status = 400;
      answer = { error: failure.message };
    }
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(answer));
  };
}

async function token(issuer, asked) {
  const scope = asked.get('scope');
  const headers = {
    [TYP_HEADER]: asked.get('typ') ?? 'at+jwt',
    [CLAIMS_HEADER]: asked.get('claims') ?? 'okta',
    ...(asked.has('dpop') ? { DPoP: proof('POST', `${issuer}/v1/token`) } : {}),
  };

  const user = asked.get('user');
  if (user) {
    if (!Object.hasOwn(USERS, user)) throw new Error(`no such user: ${user}`);
    return signInAs(issuer, user, scope ?? 'openid profile email', headers);
  }
  if (asked.get('client') === 'service') {
    const form = { grant_type: 'client_credentials', scope: scope ?? 'reports:read' };
    return askForToken(issuer, CLIENTS.service, form, headers);
  }
  throw new Error(`?user= one of ${Object.keys(USERS)}, or ?client=service`);
}
