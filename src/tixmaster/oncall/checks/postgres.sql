-- What the server says of itself: a row of figures. Needs no right but that to connect; pg_monitor sees the times of others.
SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS used,
       current_setting('max_connections')::int AS most,
       (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - xact_start)), 0)
          FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float AS longest_transaction_seconds,
       (SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
       (SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted)::int AS blocked,
       (SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart)), 0)
          FROM pg_locks WHERE NOT granted)::float AS longest_wait_seconds,
       (SELECT sum(deadlocks) FROM pg_stat_database)::bigint AS deadlocks,
       pg_is_in_recovery() AS in_recovery,
       -- A replica that has replayed all it was sent lags by nothing, however long ago the last transaction was.
       CASE WHEN NOT pg_is_in_recovery() THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())
       END::float AS replica_lag_seconds
