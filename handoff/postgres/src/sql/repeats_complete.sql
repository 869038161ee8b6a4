INSERT INTO {schema}.repeats AS known (identity, token, done, until)
VALUES ($1::text::uuid, $2::text::uuid, true, clock_timestamp() + $3 * interval '1 second')
ON CONFLICT (identity) DO UPDATE
SET token = excluded.token, done = true, until = excluded.until
-- Another one's lease that is still valid stays as it is. One that has run out is nobody's.
WHERE known.token = excluded.token OR known.until <= clock_timestamp()
