DELETE FROM {schema}.repeats
WHERE identity IN (
    SELECT identity FROM {schema}.repeats WHERE until < now() ORDER BY until LIMIT $1 FOR UPDATE SKIP LOCKED
)
