UPDATE {schema}.outbox
SET state = 'dead', finished = now(), worker = NULL, lease = NULL, error = $3
WHERE id = $1 AND lease = $2::text::uuid
