// The signing keys and their rotation, as Okta does it: the next key is published before anything is
// signed with it, then it signs while the old one is still published, then the old one is withdrawn.

import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

const generate = promisify(generateKeyPair);

async function newKey() {
  const { privateKey } = await generate('rsa', { modulusLength: 2048 });
  return {
    ...privateKey.export({ format: 'jwk' }),
    kid: randomBytes(32).toString('base64url'),
    use: 'sig',
    alg: 'RS256',
  };
}

export class Keys {
  #next;
  #old;

  constructor(active, next, old) {
    this.active = active;
    this.#next = next;
    this.#old = old;
  }

  static async generate() {
    return new Keys(await newKey());
  }

  // What a key set document shows. The active key comes first: the provider signs ID tokens with
  // the first key that fits.
  get published() {
    return [this.active, this.#next, this.#old].filter(Boolean);
  }

  kids() {
    return { active: this.active.kid, next: this.#next?.kid, old: this.#old?.kid };
  }

  // The keys after one step of a rotation. These keys stay as they are.
  async after(step) {
    switch (step) {
      case 'publish-next':
        return new Keys(this.active, this.#next ?? await newKey(), this.#old);
      case 'activate-next':
        if (!this.#next) throw new Error('publish-next comes before activate-next');
        return new Keys(this.#next, undefined, this.active);
      case 'withdraw-old':
        return new Keys(this.active, this.#next, undefined);
      case 'emergency':
        // What an administrator does when a key has leaked: nothing was announced, nothing stays.
        return new Keys(await newKey());
      default:
        throw new Error(`unknown step ${step}: publish-next, activate-next, withdraw-old or emergency`);
    }
  }
}
