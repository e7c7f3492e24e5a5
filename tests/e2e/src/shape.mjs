// The configuration that shapes the provider like a custom authorization server of Okta: Okta's
// paths, one audience, JWT access tokens with `cid`, `uid`, `scp` and `groups`.

import { interactionPolicy } from 'oidc-provider';

import { AUDIENCE, AUTHORIZATION_SERVER, SCOPES, registrations, userByUid } from './accounts.mjs';
import { logoutPage } from './sign_in.mjs';

// Headers with which a token request selects another shape of token than Okta's.
export const TYP_HEADER = 'x-test-typ';
export const CLAIMS_HEADER = 'x-test-claims';

const TOKEN_SECONDS = 3600;

// Replaces the provider's claims by Okta's, just before the token is signed.
function oktaShape(ctx, token, jwt) {
  // By default the header has `at+jwt`, as in RFC 9068. Okta sends no `typ`.
  if (ctx.get(TYP_HEADER) === 'none') jwt.header = { typ: undefined };
  if (ctx.get(CLAIMS_HEADER) === 'rfc9068') return;

  const { client_id: cid, scope = '', jti, ...rest } = jwt.payload;
  jwt.payload = {
    ver: 1, jti: `AT.${jti}`, ...rest, cid, scp: scope.split(' ').filter(Boolean),
  };

  const user = userByUid(token.accountId);
  if (user) {
    const source = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken;
    jwt.payload.sub = user.login;
    jwt.payload.uid = user.uid;
    jwt.payload.auth_time = source?.authTime;
    if (user.groups.length > 0) jwt.payload.groups = user.groups;
  }
}

function findAccount(ctx, uid) {
  const user = userByUid(uid);
  if (!user) return undefined;
  const name = user.login.split('@')[0];
  return {
    accountId: uid,
    claims: () => ({
      sub: uid,
      name,
      preferred_username: user.login,
      email: user.login,
      email_verified: true,
      groups: user.groups,
    }),
  };
}

// Okta requires no consent by default, so every signed-in user has consented.
async function grantAll(ctx) {
  const { client, session, provider, params } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope(params.scope);
  grant.addResourceScope(AUDIENCE, params.scope);
  await grant.save();
  return grant;
}

// Users with a session are not asked again, even for a native client.
function oktaPolicy() {
  const policy = interactionPolicy.base();
  policy.get('consent').checks.remove('native_client_prompt');
  return policy;
}

// Okta grants a refresh token for `offline_access`. The provider also requires a consent prompt
// (OpenID Connect Core, section 11), so this function adds the prompt, which is answered
// automatically. With `prompt=none` that is impossible, and unlike at Okta there is no refresh
// token.
export function withConsentForRefresh(url) {
  const asked = new URL(url, 'http://127.0.0.1');
  const scopes = asked.searchParams.get('scope')?.split(' ') ?? [];
  const prompts = asked.searchParams.get('prompt')?.split(' ') ?? [];
  const hasPrompt = ['none', 'consent'].some((prompt) => prompts.includes(prompt));
  if (!scopes.includes('offline_access') || hasPrompt) return url;
  asked.searchParams.set('prompt', [...prompts, 'consent'].join(' '));
  return asked.pathname + asked.search;
}

export function configuration(keys, adapter, cookieKeys, settings) {
  const { lifetimes } = settings;
  const resourceServer = () => ({
    scope: SCOPES.join(' '),
    audience: AUDIENCE,
    accessTokenFormat: 'jwt',
    accessTokenTTL: lifetimes.access_token,
    jwt: { sign: { alg: 'RS256', kid: keys.active.kid } },
  });
  return {
    adapter,
    jwks: { keys: keys.published },
    clients: registrations(settings.app),
    scopes: SCOPES,
    claims: {
      openid: ['sub', 'groups'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    cookies: { keys: cookieKeys },
    findAccount,
    loadExistingGrant: grantAll,
    conformIdTokenClaims: settings.idToken === 'thin',
    rotateRefreshToken: true,
    pkce: { required: () => true },
    interactions: {
      policy: oktaPolicy(),
      url: (ctx, interaction) => `${AUTHORIZATION_SERVER}/signin/${interaction.uid}`,
    },
    formats: { customizers: { jwt: oktaShape } },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: logoutPage },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: resourceServer,
      },
    },
    routes: {
      authorization: '/v1/authorize',
      token: '/v1/token',
      jwks: '/v1/keys',
      userinfo: '/v1/userinfo',
      introspection: '/v1/introspect',
      revocation: '/v1/revoke',
      end_session: '/v1/logout',
      pushed_authorization_request: '/v1/par',
      device_authorization: '/v1/device/authorize',
      code_verification: '/v1/device/activate',
      registration: '/v1/clients',
    },
    ttl: {
      AccessToken: () => lifetimes.access_token,
      AuthorizationCode: 300,
      ClientCredentials: TOKEN_SECONDS,
      Grant: 86_400,
      IdToken: TOKEN_SECONDS,
      Interaction: 600,
      RefreshToken: () => lifetimes.refresh_token,
      Session: () => lifetimes.session,
    },
  };
}
