-- Who is connected, as what, and in which state: a row a group.
SELECT datname AS database, usename AS "user", coalesce(application_name, '') AS application,
       coalesce(state, backend_type) AS state, coalesce(wait_event_type || ': ' || wait_event, '') AS waits_for,
       count(*)::int AS sessions
  FROM pg_stat_activity
 GROUP BY 1, 2, 3, 4, 5
 ORDER BY sessions DESC, 1, 2, 3, 4, 5
 LIMIT 60
