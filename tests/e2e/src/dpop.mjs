// Creates a DPoP proof (RFC 9449) with a new key. The provider binds the token to that key. A
// resource server without DPoP must then reject the token as a bearer token.

import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function proof(method, url) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) };
  const claims = { jti: randomUUID(), htm: method, htu: url, iat: Math.floor(Date.now() / 1000) };
  const signed = `${part(header)}.${part(claims)}`;
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' };
  const signature = sign('sha256', Buffer.from(signed), key);
  return `${signed}.${signature.toString('base64url')}`;
}
