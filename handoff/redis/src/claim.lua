-- 1: granted. 2: another one is at work. 3: done.
local held = redis.call('GET', KEYS[1])
-- The same token asks again if the answer got lost on its way.
if not held or held == ARGV[1] then
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
    return 1
end
return held == 'done' and 3 or 2
