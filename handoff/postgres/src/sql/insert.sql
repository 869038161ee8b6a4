WITH arrived AS MATERIALIZED (
    SELECT nextval('{schema}.outbox_seq') AS seq, hook.*
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bytea[]) AS hook (id, type, partition_key, headers, body)
)
INSERT INTO {schema}.outbox (id, seq, type, partition_key, headers, body)
SELECT id, seq, type, partition_key, headers::json, body
FROM arrived
-- All in one order: two receivers that store the same webhooks at the same time wait for each other, and never in a circle.
ORDER BY id COLLATE "C"
ON CONFLICT (id) DO NOTHING
RETURNING id
