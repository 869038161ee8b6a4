UPDATE {schema}.outbox
-- Somewhat earlier, at random: what failed together is not to come back together.
SET due = now() + $3 * (0.75 + 0.25 * random()) * interval '1 second', worker = NULL, lease = NULL, error = $4
WHERE id = $1 AND lease = $2::text::uuid
