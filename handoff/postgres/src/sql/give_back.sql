UPDATE {schema}.outbox
-- With the attempt: it has not failed.
SET attempts = greatest(attempts - 1, 0), due = now(), worker = NULL, lease = NULL, error = 'the worker stopped before the handler was done'
WHERE lease = ANY ($2::text[]::uuid[]) AND id = ANY ($1::text[])
