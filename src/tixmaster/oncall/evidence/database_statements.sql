-- The transactions that have been open longest, with what they do or did last.
SELECT pid, usename AS "user", coalesce(application_name, '') AS application, state,
       round(extract(epoch FROM clock_timestamp() - xact_start)::numeric, 2)::float AS transaction_seconds,
       round(extract(epoch FROM clock_timestamp() - query_start)::numeric, 2)::float AS statement_seconds,
       coalesce(wait_event_type || ': ' || wait_event, '') AS waits_for, left(query, 300) AS query
  FROM pg_stat_activity
 WHERE xact_start IS NOT NULL AND pid <> pg_backend_pid()
 ORDER BY xact_start
 LIMIT 30
