/** What the key of an event that was handled holds: Redis keeps a small integer in no memory of its own. */
const DONE = '1';

/** KEYS: the mark. ARGV of each script that compares an owner: the owner, ms. A lock holds `l` and its owner. */
const PRELUDE = `
local value = redis.call('GET', KEYS[1])
local ours = 'l' .. ARGV[1]
`;

/** Replies with 1: claimed, 2: done, 3: busy. */
export const CLAIM_MARK = `${PRELUDE}
if value == '${DONE}' then return 2 end
if value and value ~= ours then return 3 end
redis.call('SET', KEYS[1], ours, 'PX', ARGV[2])
return 1`;

/** Replies with 1 where the owner has the lock. */
export const RENEW_MARK = `${PRELUDE}
if value and value ~= ours then return 0 end
redis.call('SET', KEYS[1], ours, 'PX', ARGV[2])
return 1`;

/** Replies with 1 where no other owner had the lock. */
export const COMPLETE_MARK = `${PRELUDE}
redis.call('SET', KEYS[1], '${DONE}', 'PX', ARGV[2])
if value and value ~= ours then return 0 end
return 1`;

export const RELEASE_MARK = `${PRELUDE}
if value == ours then redis.call('DEL', KEYS[1]) end
return 1`;

export const FORGET_MARK = `
if redis.call('GET', KEYS[1]) == '${DONE}' then redis.call('DEL', KEYS[1]) end
return 1`;
