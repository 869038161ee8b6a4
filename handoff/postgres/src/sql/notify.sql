SELECT pg_notify($1, '') FROM (SELECT set_config('synchronous_commit', 'off', true)) AS quick
