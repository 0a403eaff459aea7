import { keyBeside } from '../connection/key-slot.js';

/** Who reserved which letter: a hash from the letter's id to `until:owner`, by the clock of Redis in ms. */
export function claimsKey(stream: string): string {
  return keyBeside(stream, 'claims');
}

/** The stream with what was closed. */
export function closingsKey(stream: string): string {
  return keyBeside(stream, 'closings');
}

/** KEYS: the letters, the claims. ARGV: the owner. */
const PRELUDE = `
local stream, claims = KEYS[1], KEYS[2]
local owner = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function holder(id)
  local claim = redis.call('HGET', claims, id)
  if not claim then return nil end
  local ends, by = string.match(claim, '^(%d+):(.*)$')
  if not ends or tonumber(ends) <= now then return nil end
  return by
end
local function isFree(id)
  local by = holder(id)
  return not by or by == owner
end
local function isOpen(id)
  return #redis.call('XRANGE', stream, id, id, 'COUNT', 1) > 0
end
`;

/**
 * Reserves letters. ARGV: owner, ms, ids. Replies with the numbers of those that are the owner's, from 1. The hash goes when the
 * last claim is over.
 */
export const CLAIM = `${PRELUDE}
local ms = tonumber(ARGV[2])
local taken = {}
for i = 3, #ARGV do
  local id = ARGV[i]
  if isFree(id) and isOpen(id) then
    redis.call('HSET', claims, id, string.format('%.0f', now + ms) .. ':' .. owner)
    taken[#taken + 1] = i - 2
  end
end
if #taken > 0 and redis.call('PTTL', claims) < ms then redis.call('PEXPIRE', claims, ARGV[2]) end
return taken`;

/** Gives up letters. ARGV: owner, ids. */
export const RELEASE = `${PRELUDE}
for i = 2, #ARGV do
  if holder(ARGV[i]) == owner then redis.call('HDEL', claims, ARGV[i]) end
end
return 1`;

/**
 * Closes letters: each leaves the stream and gets its entry in the history, or neither. ARGV: owner, the most entries of the
 * history; for each letter its id, how many arguments its entry has, and those. The XDEL of an entry that cannot exist
 * comes before anything is written: a user without that right is rejected there, and where memory is full Redis accepts the XADD after it.
 */
export const CLOSE = `${PRELUDE}
local closings, most = KEYS[3], ARGV[2]
redis.call('XDEL', stream, '0-0')
local i = 3
while i < #ARGV do
  local id, last = ARGV[i], i + 1 + ARGV[i + 1]
  if isFree(id) and isOpen(id) then
    redis.call('XADD', closings, 'MAXLEN', '~', most, '*', unpack(ARGV, i + 2, last))
    redis.call('XDEL', stream, id)
    redis.call('HDEL', claims, id)
  end
  i = last + 1
end
return 1`;

/** Runs every command of the others without an effect: claims that there are keep their time. */
export const PROBE = `${PRELUDE}
isFree('0-0')
isOpen('0-0')
redis.call('HDEL', claims, 'probe')
redis.call('PEXPIRE', claims, math.max(redis.call('PTTL', claims), 1000))
redis.call('XDEL', stream, '0-0')
redis.call('HSET', claims, 'probe', '')
redis.call('HDEL', claims, 'probe')
return 1`;
