/**
 * What happens on Redis in one step. KEYS: the value (a hash), the index of the scope (a sorted set
 * in which all scores are 0, so that it is sorted by bytes).
 */

const IS_LIVE = `
local function version(now)
  local kept = redis.call('HMGET', KEYS[1], 'version', 'expires')
  if not kept[1] then return false end
  if kept[2] ~= '' and tonumber(kept[2]) <= tonumber(now) then return false end
  return kept[1]
end
`;

/** ARGV: now, mode (`any`, `none`, `version`), the version, key, text, new version, end. */
export const PUT = `${IS_LIVE}
local current = version(ARGV[1])
if ARGV[2] == 'none' and current then return 0 end
if ARGV[2] == 'version' and current ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'text', ARGV[5], 'version', ARGV[6], 'expires', ARGV[7])
if ARGV[7] ~= '' then redis.call('PEXPIREAT', KEYS[1], ARGV[7]) end
redis.call('ZADD', KEYS[2], 0, ARGV[4])
return 1
`;

/** ARGV: now, mode (`any`, `version`), the version, key. */
export const DELETE = `${IS_LIVE}
local current = version(ARGV[1])
if ARGV[2] == 'version' and current ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[4])
if current then return 1 end
return 0
`;

/** ARGV: key. Takes the key of a value that Redis removed out of the index. */
export const FORGET = `
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('ZREM', KEYS[2], ARGV[1]) end
return 0
`;
