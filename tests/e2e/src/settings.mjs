// The settings that a test may change at run time: the registration of the application under test,
// and lifetimes.

import { CLIENTS } from './accounts.mjs';

export function initialSettings() {
  return {
    app: {
      secret: CLIENTS.app.client_secret,
      // A client needs at least one redirect URI.
      redirectUris: ['http://localhost/authorization-code/callback'],
      postLogoutRedirectUris: [],
      authMethod: 'client_secret_basic',
    },
    // Seconds.
    lifetimes: {
      access_token: 3600,
      refresh_token: 86_400,
      session: 86_400,
      // The time for which an exchanged refresh token still works. Okta's default is 30.
      rotation_grace: 0,
    },
    // `fat` ID tokens have all claims of the scopes, `thin` ones only `sub` and the groups.
    idToken: 'fat',
  };
}

// Returns the registration with the requested changes.
export function changedApp(app, asked) {
  const several = (name, now) => (asked.has(name) ? asked.getAll(name) : now);
  return {
    secret: asked.get('secret') ?? app.secret,
    redirectUris: several('redirect_uri', app.redirectUris),
    postLogoutRedirectUris: several('post_logout_redirect_uri', app.postLogoutRedirectUris),
    authMethod: asked.get('auth_method') ?? app.authMethod,
  };
}

export function changeLifetimes(lifetimes, asked) {
  for (const [name, value] of asked) {
    const seconds = Number(value);
    if (!Object.hasOwn(lifetimes, name)) throw new Error(`no such lifetime: ${name}`);
    if (!Number.isInteger(seconds) || seconds < 0) {
      throw new Error(`${name}: whole seconds, not ${value}`);
    }
    lifetimes[name] = seconds;
  }
  return lifetimes;
}
