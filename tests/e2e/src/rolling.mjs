// The provider takes its keys and clients when it is made. A change therefore makes a new one, over the same
// store, and puts it in the old one's place between two requests: nothing is refused meanwhile.

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

  // One step of a rotation. Steps that overlap are taken one after the other.
  rotate(step) {
    const taken = this.#rotation.then(async () => this.#install(await this.#keys.after(step)));
    this.#rotation = taken.catch(() => {});
    return taken.then(() => this.#keys.kids());
  }

  // Registers the application under test anew.
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
    // RFC 8414, section 3.1: the well-known part may stand before the issuer's path.
    if (request.url === METADATA + AUTHORIZATION_SERVER) request.url = AUTHORIZATION_SERVER + METADATA;
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
    // The provider learns the path that it is mounted at from the difference of the two.
    request.originalUrl = AUTHORIZATION_SERVER + request.url;
    sendCookiesAcrossSites(response);
    if (path.startsWith('/signin/')) return signIn(this.#current, request, response);
    if (path === '/v1/token' && request.method === 'POST') {
      return this.#tokenEndpoint.answer(request, response, this.#answerCurrent);
    }
    return this.#answerCurrent(request, response);
  }

  #install(keys) {
    const provider = new Provider(this.issuer, configuration(keys, this.#store, this.#cookieKeys, this.#settings));
    provider.on('server_error', (ctx, failure) => console.error(failure));
    this.#keys = keys;
    this.#current = provider;
    this.#answerCurrent = provider.callback();
  }
}

// Okta's session cookie comes with requests from other sites: a form that an application posts to
// `/v1/logout` must find the session. The provider's own would stay behind (and it refuses to mark one
// `Secure` on plain http, where browsers take it all the same from this machine).
function sendCookiesAcrossSites(response) {
  const set = response.setHeader.bind(response);
  response.setHeader = (name, value) => {
    if (name.toLowerCase() !== 'set-cookie') return set(name, value);
    return set(name, [value].flat().map((line) => line.replace(/; *samesite=lax/i, '; SameSite=None; Secure')));
  };
}

// Okta takes logouts by POST; this provider does so only with cookies that browsers do not keep without TLS. So it is asked by
// GET, in its own origin, to which its session cookie goes along.
async function logoutByGet(request, response) {
  let form = '';
  for await (const chunk of request.setEncoding('utf8')) form += chunk;
  response.writeHead(303, { location: `${AUTHORIZATION_SERVER}/v1/logout?${form}` }).end();
}
