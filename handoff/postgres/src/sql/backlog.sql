SELECT
    (SELECT count(*) FROM {schema}.outbox WHERE state = 'pending'),
    (SELECT count(*) FROM {schema}.outbox WHERE state = 'dead'),
    (SELECT extract(epoch FROM now() - min(received))::float8 FROM {schema}.outbox WHERE state = 'pending')
