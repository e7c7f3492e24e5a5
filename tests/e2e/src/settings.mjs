// What a test may change while the provider runs: the registration of the application under test, and
// for how long things live.

import { CLIENTS } from './accounts.mjs';

export function initialSettings() {
  return {
    app: {
      secret: CLIENTS.app.client_secret,
      // Nowhere in particular: a client must have one.
      redirectUris: ['http://localhost/authorization-code/callback'],
      postLogoutRedirectUris: [],
      authMethod: 'client_secret_basic',
    },
    // Seconds.
    lifetimes: {
      access_token: 3600,
      refresh_token: 86_400,
      session: 86_400,
      // For so long the token that was rotated away still works, as at Okta (where 30 is the default).
      rotation_grace: 0,
    },
    // Whether ID tokens have all that the scopes give, or a thin one only `sub` and the groups.
    idToken: 'fat',
  };
}

// The registration after the changes that a control call asks for. What it does not name stays.
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
    if (!Number.isInteger(seconds) || seconds < 0) throw new Error(`${name}: whole seconds, not ${value}`);
    lifetimes[name] = seconds;
  }
  return lifetimes;
}
