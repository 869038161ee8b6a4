-- A claim that a crash of the server loses is made again: it need not wait for the disk.
WITH RECURSIVE quick AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), oldest AS MATERIALIZED (
    SELECT id, partition_key, seq
    FROM {schema}.outbox
    WHERE state = 'pending' AND due <= now()
    ORDER BY due, seq
    LIMIT 256
), heads AS (
    -- The oldest of each conversation, by one look into the index for each: the 256 oldest of all may belong to one
    -- conversation, whose thousands have to wait for their turn.
    (
        SELECT id, partition_key, due
        FROM {schema}.outbox
        WHERE state = 'pending' AND partition_key IS NOT NULL AND (SELECT count(*) FROM oldest) = 256
        ORDER BY partition_key, seq
        LIMIT 1
    )
    UNION ALL
    SELECT head.*
    FROM heads, LATERAL (
        SELECT id, partition_key, due
        FROM {schema}.outbox
        WHERE state = 'pending' AND partition_key IS NOT NULL AND partition_key > heads.partition_key
        ORDER BY partition_key, seq
        LIMIT 1
    ) AS head
), wanted AS MATERIALIZED (
    (
        SELECT id
        FROM oldest AS hook
        WHERE partition_key IS NULL OR NOT EXISTS (
            SELECT
            FROM {schema}.outbox AS earlier
            WHERE earlier.partition_key = hook.partition_key AND earlier.state = 'pending' AND earlier.seq < hook.seq
        )
        UNION ALL
        SELECT id
        FROM (
            SELECT id
            FROM {schema}.outbox
            WHERE state = 'pending' AND partition_key IS NULL AND due <= now() AND (SELECT count(*) FROM oldest) = 256
            ORDER BY due, seq
            LIMIT $1
        ) AS loose
        WHERE id NOT IN (SELECT id FROM oldest)
        UNION ALL
        SELECT id FROM heads WHERE due <= now() AND id NOT IN (SELECT id FROM oldest)
    )
    -- As many as that, and no more are looked for.
    LIMIT $1
), next AS MATERIALIZED (
    SELECT id
    FROM {schema}.outbox
    WHERE id = ANY (ARRAY(SELECT id FROM wanted)) AND state = 'pending' AND due <= now()
    FOR UPDATE SKIP LOCKED
)
UPDATE {schema}.outbox AS hook
SET attempts = attempts + 1, worker = $2, lease = gen_random_uuid(), due = now() + $3 * interval '1 second'
FROM next, quick
WHERE hook.id = next.id
RETURNING hook.id, hook.seq, hook.lease::text, hook.attempts, hook.headers::text, hook.body
