//! Atomic operations: Lua scripts, which Redis runs without interruption.
//!
//! Scripts are sent in full. Redis compiles each once. Sending only the hash would save a few
//! hundred bytes and cost a second round trip after each restart of Redis.
//!
//! A session's hash names the sets that contain it (`by_user`, `by_sid`): deleting the session
//! does not need its owner.

use redis::{Cmd, cmd};

/// The fields of a session's hash that `load` reads.
pub(super) const FIELDS: &[&str] = &["data", "version", "ends_at", "issuer", "user_id", "sid"];

/// A Lua script.
pub(super) struct Script(&'static str);

impl Script {
    /// Returns the command for these keys. The caller appends the arguments.
    pub(super) fn on(&self, keys: &[&str]) -> Cmd {
        let mut command = cmd("EVAL");
        command.arg(self.0).arg(keys.len()).arg(keys);
        command
    }
}

/// Keys: the session, the user's set, the `sid`'s set if there is one.
/// Arguments: key, now, end, lifetime, data, version, issuer, user id, `sid`.
///
/// A set keeps a member until five minutes after its expiry, because clocks differ.
pub(super) const CREATE: Script = Script(
    "\
local margin = 300000
if redis.call('EXISTS', KEYS[1]) == 1 then
  local ends_at = redis.call('HGET', KEYS[1], 'ends_at')
  if not ends_at or tonumber(ends_at) > tonumber(ARGV[2]) then return 0 end
  redis.call('UNLINK', KEYS[1])
end
redis.call('HSET', KEYS[1], 'data', ARGV[5], 'version', ARGV[6], 'ends_at', ARGV[3],
  'issuer', ARGV[7], 'user_id', ARGV[8], 'by_user', KEYS[2])
if KEYS[3] then redis.call('HSET', KEYS[1], 'sid', ARGV[9], 'by_sid', KEYS[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
for i = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', ARGV[2] - margin)
  redis.call('ZADD', KEYS[i], ARGV[3], ARGV[1])
  local lifetime = ARGV[4] + margin
  if redis.call('PTTL', KEYS[i]) < lifetime then redis.call('PEXPIRE', KEYS[i], lifetime) end
end
return 1",
);

/// Keys: the session. Arguments: key, now, end, lifetime, data, version, expected version.
pub(super) const SAVE: Script = Script(
    "\
local margin = 300000
local kept = redis.call('HMGET', KEYS[1], 'version', 'ends_at', 'by_user', 'by_sid')
if kept[1] ~= ARGV[7] or tonumber(kept[2]) <= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'data', ARGV[5], 'version', ARGV[6], 'ends_at', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
for i = 3, 4 do
  if kept[i] then
    redis.call('ZADD', kept[i], ARGV[3], ARGV[1])
    local lifetime = ARGV[4] + margin
    if redis.call('PTTL', kept[i]) < lifetime then redis.call('PEXPIRE', kept[i], lifetime) end
  end
end
return 1",
);

/// Keys: the session. Arguments: key, now.
pub(super) const DELETE: Script = Script(
    "\
local kept = redis.call('HMGET', KEYS[1], 'ends_at', 'by_user', 'by_sid')
if redis.call('UNLINK', KEYS[1]) == 0 then return 0 end
for i = 2, 3 do
  if kept[i] then redis.call('ZREM', kept[i], ARGV[1]) end
end
if kept[1] and tonumber(kept[1]) > tonumber(ARGV[2]) then return 1 end
return 0",
);

/// Keys: a set. Arguments: the prefix, the most sessions to delete. Returns how many were deleted
/// and how many are left.
///
/// The key may belong to another session by now: it is deleted only if its hash names this set.
pub(super) const DELETE_ALL: Script = Script(
    "\
local deleted = 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)) do
  local name = ARGV[1] .. 'session:' .. key
  local kept = redis.call('HMGET', name, 'by_user', 'by_sid')
  if kept[1] == KEYS[1] or kept[2] == KEYS[1] then
    deleted = deleted + redis.call('UNLINK', name)
    for i = 1, 2 do
      if kept[i] then redis.call('ZREM', kept[i], key) end
    end
  end
  redis.call('ZREM', KEYS[1], key)
end
return {deleted, redis.call('ZCARD', KEYS[1])}",
);

/// Keys: a user's set. Arguments: the prefix, how many sessions to leave, the key of the newest
/// session. Returns how many were deleted.
///
/// The set is ordered by expiry: what has expired goes first. A call deletes 500 sessions at most,
/// so that Redis is not blocked for long; the next sign-in deletes the rest.
pub(super) const LIMIT: Script = Script(
    "\
local excess = math.min(redis.call('ZCARD', KEYS[1]) - math.max(tonumber(ARGV[2]), 1), 500)
if excess <= 0 then return 0 end
local deleted = 0
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, excess)) do
  if deleted < excess and key ~= ARGV[3] then
    local name = ARGV[1] .. 'session:' .. key
    local kept = redis.call('HMGET', name, 'by_user', 'by_sid')
    if kept[1] == KEYS[1] then
      redis.call('UNLINK', name)
      if kept[2] then redis.call('ZREM', kept[2], key) end
    end
    redis.call('ZREM', KEYS[1], key)
    deleted = deleted + 1
  end
end
return deleted",
);

/// Keys: the lock. Arguments: the token.
pub(super) const UNLOCK: Script = Script(
    "\
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('UNLINK', KEYS[1]) end
return nil",
);
