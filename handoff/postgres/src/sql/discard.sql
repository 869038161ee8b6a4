UPDATE {schema}.outbox SET state = 'done', finished = now() WHERE state = 'dead' AND id = ANY ($1::text[])
