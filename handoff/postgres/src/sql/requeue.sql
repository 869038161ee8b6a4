UPDATE {schema}.outbox
SET state = 'pending', due = now(), attempts = 0, finished = NULL
WHERE state = 'dead' AND id = ANY ($1::text[])
