// The signing keys and their rotation, as Okta does it: publish the next key, sign with it while
// the old one is still published, then withdraw the old one.

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

  // The published keys. The active key comes first, because the provider signs ID tokens with the
  // first suitable key.
  get published() {
    return [this.active, this.#next, this.#old].filter(Boolean);
  }

  kids() {
    return { active: this.active.kid, next: this.#next?.kid, old: this.#old?.kid };
  }

  // Returns the keys after a rotation step. This object does not change.
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
        // As after a key leak: the new key is not announced, and no old key remains.
        return new Keys(await newKey());
      default:
        throw new Error(`no step ${step}: publish-next, activate-next, withdraw-old or emergency`);
    }
  }
}
