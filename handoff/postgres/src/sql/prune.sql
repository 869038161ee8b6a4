DELETE FROM {schema}.outbox
WHERE id IN (
    SELECT id
    FROM {schema}.outbox
    WHERE state = 'done' AND finished < now() - $2 * interval '1 second'
    ORDER BY finished
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
