// Calls of the API with the token.

import type { TokenStore } from './token';

export interface SecureData {
  message: string;
  subject: string;
  groups: string[];
}

export type Answer<T> = { data: T } | { problem: 'signed_out' | 'forbidden' | 'unavailable' };

export async function secureData(backend: string, tokens: TokenStore): Promise<Answer<SecureData>> {
  const token = tokens.get();
  if (token === null) return { problem: 'signed_out' };
  let answer: Response;
  try {
    answer = await fetch(`${backend}/secure-data`, { headers: { authorization: `Bearer ${token}` } });
  } catch {
    // Nobody is there. The token may be as good as before.
    return { problem: 'unavailable' };
  }
  if (answer.status === 401) {
    // Over, for whatever reason. The person signs in again by a click: a page that reloads or opens windows by itself would do
    // so for ever where the answer stays 401.
    tokens.set(null);
    return { problem: 'signed_out' };
  }
  if (answer.status === 403) return { problem: 'forbidden' };
  if (!answer.ok) return { problem: 'unavailable' };
  return { data: (await answer.json()) as SecureData };
}
