// Calls of the API with the token.

import type { TokenStore } from './token';

export interface SecureData {
  message: string;
  subject: string;
  groups: string[];
}

export type Answer<T> = { data: T } | { problem: 'signed_out' | 'forbidden' | 'unavailable' };

export async function secureData(
  backend: string,
  tokens: TokenStore,
): Promise<Answer<SecureData>> {
  const token = tokens.get();
  if (token === null) return { problem: 'signed_out' };
  let answer: Response;
  try {
    const headers = { authorization: `Bearer ${token}` };
    answer = await fetch(`${backend}/secure-data`, { headers });
  } catch {
    // The server is unreachable. The token may still be valid.
    return { problem: 'unavailable' };
  }
  if (answer.status === 401) {
    // The API rejects the token. The user signs in again with a click: automatic reloads or popups
    // would loop if the API kept rejecting tokens.
    tokens.set(null);
    return { problem: 'signed_out' };
  }
  if (answer.status === 403) return { problem: 'forbidden' };
  if (!answer.ok) return { problem: 'unavailable' };
  return { data: (await answer.json()) as SecureData };
}
