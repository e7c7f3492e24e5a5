// The provider takes its keys when it is made. A rotation therefore makes a new one, over the same
// store, and puts it in the old one's place between two requests: nothing is refused meanwhile.

import { randomBytes } from 'node:crypto';

import { Provider } from 'oidc-provider';

import { AUTHORIZATION_SERVER } from './accounts.mjs';
import { configuration, signIn, withConsentForRefresh } from './shape.mjs';
import { sharedStore } from './store.mjs';

const METADATA = '/.well-known/oauth-authorization-server';
const DISCOVERY = '/.well-known/openid-configuration';

export class RollingProvider {
  #keys;
  #current;
  #answerCurrent;
  #rotation = Promise.resolve();
  #store = sharedStore();
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

  stats() {
    return { fetches: { ...this.#fetches }, kids: this.#keys.kids() };
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
    // The provider learns the path that it is mounted at from the difference of the two.
    request.originalUrl = AUTHORIZATION_SERVER + request.url;
    if (path.startsWith('/signin/')) return signIn(this.#current, request, response);
    return this.#answerCurrent(request, response);
  }

  #install(keys) {
    const provider = new Provider(this.issuer, configuration(keys, this.#store, this.#cookieKeys));
    provider.on('server_error', (ctx, failure) => console.error(failure));
    this.#keys = keys;
    this.#current = provider;
    this.#answerCurrent = provider.callback();
  }
}
