-- Who holds up the sessions that wait longest, and waits for nobody: the heads of the queues. pg_blocking_pids() takes a
-- lock that every session of the server needs, so it is asked about a few only.
WITH waiting AS (
    SELECT pid, min(waitstart) AS since FROM pg_locks WHERE NOT granted GROUP BY pid ORDER BY since LIMIT 20
), edges AS (
    SELECT waiting.pid, unnest(pg_blocking_pids(waiting.pid)) AS blocker FROM waiting
)
SELECT holder.pid,
       coalesce(holder.state, 'unknown') AS state,
       round(extract(epoch FROM clock_timestamp() - holder.xact_start)::numeric, 1)::float AS seconds,
       coalesce(holder.query, '') AS query,
       count(DISTINCT edges.pid)::int AS holds_up
  FROM edges
  JOIN pg_stat_activity AS holder ON holder.pid = edges.blocker
 WHERE NOT EXISTS (SELECT 1 FROM pg_locks WHERE pg_locks.pid = holder.pid AND NOT granted)
 GROUP BY 1, 2, 3, 4
 ORDER BY holds_up DESC
 LIMIT 5
