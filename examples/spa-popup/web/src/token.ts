// The access token, and where it is kept.
//
// In memory it is gone with the page: a reload asks for a sign-in, which is one click while Okta has a session. In local
// storage it outlives the page, as many guides have it, and then every script that ever runs on this origin can read it: one
// injected line, or one bad dependency, carries it away. So that is a switch, and off.

import type { Config } from './config';

const KEY = 'access_token';

export interface TokenStore {
  get(): string | null;
  set(token: string | null): void;
}

export function tokenStore(storage: Config['storage']): TokenStore {
  if (storage === 'local') {
    return {
      get: () => localStorage.getItem(KEY),
      set: (token) => (token === null ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, token)),
    };
  }
  let held: string | null = null;
  return {
    get: () => held,
    set: (token) => {
      held = token;
    },
  };
}
