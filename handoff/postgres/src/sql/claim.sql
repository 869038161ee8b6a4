-- A claim that a crash of the server loses is made again: it need not wait for the disk.
WITH quick AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), next AS MATERIALIZED (
    SELECT id
    FROM {schema}.outbox AS hook
    WHERE state = 'pending' AND due <= now()
    ORDER BY due, seq
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE {schema}.outbox AS hook
SET attempts = attempts + 1, worker = $2, lease = gen_random_uuid(), due = now() + $3 * interval '1 second'
FROM next, quick
WHERE hook.id = next.id
RETURNING hook.id, hook.seq, hook.lease::text, hook.attempts, hook.headers::text, hook.body
