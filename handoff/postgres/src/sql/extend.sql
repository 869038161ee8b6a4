WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
UPDATE {schema}.outbox
SET due = now() + $3 * interval '1 second'
FROM quick
WHERE id = $1 AND lease = $2::text::uuid
