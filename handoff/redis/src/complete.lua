-- Another one's lease stays as it is. One that has run out is nobody's.
local held = redis.call('GET', KEYS[1])
if not held or held == ARGV[1] or held == 'done' then
    redis.call('SET', KEYS[1], 'done', 'PX', ARGV[2])
end
