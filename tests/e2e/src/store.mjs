// The provider's codes, grants and sessions. A rotation step replaces the provider object, whose
// own in-memory store would be lost. This store survives.

const MOST_ENTRIES = 10_000;
// What a grant issues. An interaction also refers to its grant, but must survive it.
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
      // Bounded, so that tests can request tokens in a loop. The oldest entries are dropped.
      if (entries.size > MOST_ENTRIES) entries.delete(entries.keys().next().value);
    },
    async find(id) {
      const payload = find(`${kind}:${id}`);
      // Within the grace period, an exchanged refresh token still counts as fresh.
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
