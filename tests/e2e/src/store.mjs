// Where the provider keeps codes, grants and sessions. Rotation makes a new provider object, and the
// provider's own in-memory store would be lost with the old one: this one outlives it.

const MOST_ENTRIES = 10_000;
// What a grant gives, and what goes with it. An interaction knows its grant too, and must outlive it.
const OF_A_GRANT = ['AccessToken', 'AuthorizationCode', 'RefreshToken', 'DeviceCode'];

export function sharedStore(lifetimes) {
  const entries = new Map();

  const find = (key) => {
    const entry = entries.get(key);
    if (entry && entry.ends <= Date.now()) {
      entries.delete(key);
      return undefined;
    }
    return entry?.payload;
  };
  const findWhere = (kind, member, value) => {
    for (const key of entries.keys()) {
      if (!key.startsWith(`${kind}:`)) continue;
      const payload = find(key);
      if (payload?.[member] === value) return payload;
    }
    return undefined;
  };

  return (kind) => ({
    async upsert(id, payload, expiresIn) {
      const ends = expiresIn ? Date.now() + expiresIn * 1000 : Infinity;
      entries.set(`${kind}:${id}`, { payload, ends });
      // A test that asks for tokens in a loop must not make this grow for ever: the oldest go first.
      if (entries.size > MOST_ENTRIES) entries.delete(entries.keys().next().value);
    },
    async find(id) {
      const payload = find(`${kind}:${id}`);
      // Within the grace a refresh token that was rotated away still counts as fresh.
      const isInGrace = kind === 'RefreshToken' && payload?.consumed !== undefined
        && Date.now() < (payload.consumed + lifetimes.rotation_grace) * 1000;
      return isInGrace ? { ...payload, consumed: undefined } : payload;
    },
    async findByUid(uid) { return findWhere(kind, 'uid', uid); },
    async findByUserCode(code) { return findWhere(kind, 'userCode', code); },
    async consume(id) { find(`${kind}:${id}`).consumed = Math.floor(Date.now() / 1000); },
    async destroy(id) { entries.delete(`${kind}:${id}`); },
    async revokeByGrantId(grantId) {
      for (const [key, { payload }] of entries) {
        const [kind] = key.split(':');
        if (payload.grantId === grantId && OF_A_GRANT.includes(kind)) entries.delete(key);
      }
    },
  });
}
