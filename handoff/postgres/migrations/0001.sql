-- One row for each webhook. What is not yet handled is `pending`, whether a worker has it or not.
CREATE TABLE {schema}.outbox (
    -- The id of its CloudEvent: the event's identity in 32 hexadecimal digits, or `unique-…` if it has none.
    id            text COLLATE "C" PRIMARY KEY,
    -- The order of arrival. Repeats leave gaps.
    seq           bigint NOT NULL,
    -- com.tencent.im.Group.CallbackAfterSendMsg
    type          text NOT NULL,
    -- The conversation or room: what is to be handled in order. NULL if there is none.
    partition_key text COLLATE "C",
    -- The CloudEvent's attributes as the HTTP headers of its binary mode: {"ce-id": "…", …}. They are percent-encoded,
    -- since neither text nor json can hold a NUL, which a user's id can.
    headers       json NOT NULL,
    -- The body as received. It can hold NULs, and bytes that are not UTF-8.
    body          bytea NOT NULL,
    received      timestamptz NOT NULL DEFAULT now(),
    state         text COLLATE "C" NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead')),
    -- When a worker may take it: at once, after a back-off, or when the lease of the worker that has it runs out.
    due           timestamptz NOT NULL DEFAULT now(),
    -- How often a worker has taken it.
    attempts      integer NOT NULL DEFAULT 0,
    -- Which worker has it, for people, and what only that worker knows. NULL if none has it.
    worker        text,
    lease         uuid,
    -- When it became `done` or `dead`.
    finished      timestamptz,
    -- Why the last attempt failed.
    error         text
) WITH (
    -- A queue leaves many dead rows in few pages.
    fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
);

-- Partial, so that millions of rows that are done cost the workers nothing.
CREATE INDEX outbox_due      ON {schema}.outbox (due, seq)           WHERE state = 'pending';
CREATE INDEX outbox_key      ON {schema}.outbox (partition_key, seq) WHERE state = 'pending' AND partition_key IS NOT NULL;
CREATE INDEX outbox_loose    ON {schema}.outbox (due, seq)           WHERE state = 'pending' AND partition_key IS NULL;
CREATE INDEX outbox_finished ON {schema}.outbox (finished)           WHERE state = 'done';
CREATE INDEX outbox_dead     ON {schema}.outbox (seq)                WHERE state = 'dead';

CREATE SEQUENCE {schema}.outbox_seq OWNED BY {schema}.outbox.seq;
ALTER TABLE {schema}.outbox ALTER COLUMN seq SET DEFAULT nextval('{schema}.outbox_seq');

-- Which events are being handled, or have been: for `Repeats`.
CREATE TABLE {schema}.repeats (
    identity uuid PRIMARY KEY,
    -- Of the claim that has it, or had it.
    token    uuid NOT NULL,
    done     boolean NOT NULL DEFAULT false,
    -- When the lease runs out; once it is done, when it is forgotten.
    until    timestamptz NOT NULL
);

CREATE INDEX repeats_until ON {schema}.repeats (until);
