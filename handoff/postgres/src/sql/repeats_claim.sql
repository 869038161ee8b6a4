WITH granted AS (
    INSERT INTO {schema}.repeats AS known (identity, token, until)
    VALUES ($1::text::uuid, $2::text::uuid, clock_timestamp() + $3 * interval '1 second')
    ON CONFLICT (identity) DO UPDATE
    SET token = excluded.token, done = false, until = excluded.until
    -- Its lease has run out, or it has been done for so long that it is forgotten. The same token asks again if the answer
    -- got lost on its way.
    WHERE known.until <= clock_timestamp() OR (known.token = excluded.token AND NOT known.done)
    RETURNING 1
)
SELECT
    EXISTS (SELECT FROM granted) AS granted,
    (SELECT done FROM {schema}.repeats WHERE identity = $1::text::uuid) AS done
