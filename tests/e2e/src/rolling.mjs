// The provider's keys and clients are fixed at its construction. Each change therefore constructs a
// new provider on the same store, and replaces the old one between two requests, without downtime.

import { randomBytes } from 'node:crypto';

import { Provider } from 'oidc-provider';

import { AUTHORIZATION_SERVER } from './accounts.mjs';
import { changeLifetimes, changedApp, initialSettings } from './settings.mjs';
import { configuration, withConsentForRefresh } from './shape.mjs';
import { signIn } from './sign_in.mjs';
import { sharedStore } from './store.mjs';
import { TokenEndpoint } from './token_endpoint.mjs';

const METADATA = '/.well-known/oauth-authorization-server';
const DISCOVERY = '/.well-known/openid-configuration';

export class RollingProvider {
  #keys;
  #current;
  #answerCurrent;
  #rotation = Promise.resolve();
  #settings = initialSettings();
  #store = sharedStore(this.#settings.lifetimes);
  #tokenEndpoint = new TokenEndpoint();
  #cookieKeys = [randomBytes(32).toString('base64url')];
  #fetches = { keys: 0, discovery: 0 };

  constructor(issuer, keys) {
    this.issuer = issuer;
    this.#install(keys);
  }

  // Takes a rotation step. Concurrent steps are serialized.
  rotate(step) {
    const taken = this.#rotation.then(async () => this.#install(await this.#keys.after(step)));
    this.#rotation = taken.catch(() => {});
    return taken.then(() => this.#keys.kids());
  }

  // Changes the registration of the application under test.
  changeApp(asked) {
    this.#settings.app = changedApp(this.#settings.app, asked);
    if (asked.has('id_token')) this.#settings.idToken = asked.get('id_token');
    const taken = this.#rotation.then(() => this.#install(this.#keys));
    this.#rotation = taken.catch(() => {});
    return taken.then(() => this.#settings.app);
  }

  changeLifetimes(asked) {
    return changeLifetimes(this.#settings.lifetimes, asked);
  }

  setTokenFault(asked) {
    return this.#tokenEndpoint.setFault(asked);
  }

  stats() {
    return {
      fetches: { ...this.#fetches },
      tokens: this.#tokenEndpoint.counts(),
      kids: this.#keys.kids(),
    };
  }

  answer(request, response) {
    // RFC 8414, section 3.1: the well-known part may precede the issuer's path.
    if (request.url === METADATA + AUTHORIZATION_SERVER) {
      request.url = AUTHORIZATION_SERVER + METADATA;
    }
    if (!request.url.startsWith(`${AUTHORIZATION_SERVER}/`)) {
      response.writeHead(404).end();
      return undefined;
    }
    request.url = request.url.slice(AUTHORIZATION_SERVER.length);
    const [path] = request.url.split('?');
    if (path === '/v1/keys') this.#fetches.keys += 1;
    if (path === DISCOVERY || path === METADATA) this.#fetches.discovery += 1;
    if (path === '/v1/authorize') request.url = withConsentForRefresh(request.url);
    if (path === '/v1/logout' && request.method === 'POST') return logoutByGet(request, response);
    // The provider derives its mount path from the difference of the two URLs.
    request.originalUrl = AUTHORIZATION_SERVER + request.url;
    sendCookiesAcrossSites(response);
    if (path.startsWith('/signin/')) return signIn(this.#current, request, response);
    if (path === '/v1/token' && request.method === 'POST') {
      return this.#tokenEndpoint.answer(request, response, this.#answerCurrent);
    }
    return this.#answerCurrent(request, response);
  }

  #install(keys) {
    const settings = configuration(keys, this.#store, this.#cookieKeys, this.#settings);
    const provider = new Provider(this.issuer, settings);
    provider.on('server_error', (ctx, failure) => console.error(failure));
    this.#keys = keys;
    this.#current = provider;
    this.#answerCurrent = provider.callback();
  }
}

// Okta's session cookie is sent cross-site: a form that an application posts to `/v1/logout` must
// find the session. The provider's cookie would not be sent, and the provider refuses to mark it
// `Secure` on plain http, where browsers accept that from this machine.
function sendCookiesAcrossSites(response) {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    if (name.toLowerCase() !== 'set-cookie') return set(name, value);
    const crossSite = (line) => line.replace(/; *samesite=lax/i, '; SameSite=None; Secure');
    return set(name, [value].flat().map(crossSite));
  };
}

// Okta accepts logouts by POST. This provider only does so with cookies that browsers do not keep
// without TLS. A redirect turns the request into a GET on the provider's own origin, which has the
// session cookie.
async function logoutByGet(request, response) {
  let form = '';
  for await (const chunk of request.setEncoding('utf8')) form += chunk;
  response.writeHead(303, { location: `${AUTHORIZATION_SERVER}/v1/logout?${form}` }).end();
}
