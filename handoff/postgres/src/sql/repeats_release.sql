DELETE FROM {schema}.repeats WHERE identity = $1::text::uuid AND token = $2::text::uuid AND NOT done
