// The users, clients and the API of the provider. All names, IDs, passwords and secrets are
// invented for tests.

export const AUTHORIZATION_SERVER = '/oauth2/default';
export const AUDIENCE = 'api://default';
export const SCOPES = [
  'openid',
  'profile',
  'email',
  'offline_access',
  'reports:read',
  'reports:write',
];

// Native applications may use any port of this machine (RFC 8252, section 7.3).
export const REDIRECT_URI = 'http://127.0.0.1/authorization-code/callback';

export const PASSWORD = 'only-for-tests';

export const USERS = {
  admin: { uid: '00uadmin000000000001', login: 'admin@example.com', groups: ['Everyone', 'admin'] },
  viewer: {
    uid: '00uviewer00000000001',
    login: 'viewer@example.com',
    groups: ['Everyone', 'viewer'],
  },
  nobody: { uid: '00unobody00000000001', login: 'nobody@example.com', groups: [] },
};

export const CLIENTS = {
  web: { client_id: '0oaweb00000000000001', client_secret: 'only-for-tests-web-0123456789abcdef' },
  service: {
    client_id: '0oaservice0000000001',
    client_secret: 'only-for-tests-service-0123456789',
  },
  // The application under test. Tests set its redirect URIs through the control endpoint.
  app: { client_id: '0oaapp00000000000001', client_secret: 'only-for-tests-app-0123456789abcdef' },
};

// The client registrations.
export function registrations(app) {
  return [
    {
      ...CLIENTS.web,
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [REDIRECT_URI],
      post_logout_redirect_uris: ['http://127.0.0.1/'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      ...CLIENTS.service,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
    {
      client_id: CLIENTS.app.client_id,
      client_secret: app.secret,
      application_type: 'web',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: app.redirectUris,
      post_logout_redirect_uris: app.postLogoutRedirectUris,
      token_endpoint_auth_method: app.authMethod,
    },
  ];
}

export function userByUid(uid) {
  return Object.values(USERS).find((user) => user.uid === uid);
}

// Finds a user by the login or its first part.
export function userByLogin(typed) {
  return Object.entries(USERS).find(([name, { login }]) => [name, login].includes(typed))?.[1];
}
