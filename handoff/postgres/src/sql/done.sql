UPDATE {schema}.outbox
SET state = 'done', finished = now(), worker = NULL, lease = NULL, error = NULL
WHERE id = $1 AND lease = $2::text::uuid
