-- Also what became due since the claim that did not find it, $1 seconds ago.
SELECT extract(epoch FROM min(due) - now())::float8
FROM {schema}.outbox
WHERE state = 'pending' AND due > now() - $1 * interval '1 second'
