SELECT id, seq, attempts, error, received, finished, headers::text, body
FROM {schema}.outbox
WHERE state = 'dead' AND seq > $1
ORDER BY seq
LIMIT $2
