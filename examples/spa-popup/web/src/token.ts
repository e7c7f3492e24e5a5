// The access token, and its storage.
//
// In memory, the token is lost on a reload. The user then signs in again, with one click while Okta
// has a session. In local storage, as in many guides, the token survives the page, but every script
// that ever runs on this origin can steal it: one injected line or one malicious dependency. Local
// storage is therefore off by default.

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
      set: (token) =>
        token === null ? localStorage.removeItem(KEY) : localStorage.setItem(KEY, token),
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
