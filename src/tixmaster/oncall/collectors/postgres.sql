-- What every scrape asks, in one row: statistics that PostgreSQL keeps in memory, no table, no file, no lock table.
SELECT activity.*,
       total.*,
       current_setting('max_connections')::int AS most
  FROM (SELECT count(*) FILTER (WHERE state = 'active')::int AS active,
               count(*) FILTER (WHERE state = 'idle')::int AS idle,
               count(*) FILTER (WHERE state LIKE 'idle in transaction%')::int AS idle_in_transaction,
               count(*)::int AS connections,
               count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting,
               coalesce(max(extract(epoch FROM clock_timestamp() - xact_start))
                          FILTER (WHERE pid <> pg_backend_pid()), 0)::float8 AS longest_transaction
          FROM pg_stat_activity
         WHERE backend_type = 'client backend') AS activity,
       (SELECT coalesce(sum(xact_commit), 0)::float8 AS commits,
               coalesce(sum(xact_rollback), 0)::float8 AS rollbacks,
               coalesce(sum(deadlocks), 0)::float8 AS deadlocks,
               coalesce(sum(blks_hit), 0)::float8 AS blocks_hit,
               coalesce(sum(blks_read), 0)::float8 AS blocks_read
          FROM pg_stat_database
         -- One database: a sum over all of them would fall when one is dropped, which a counter must not.
         WHERE datname = $1) AS total
