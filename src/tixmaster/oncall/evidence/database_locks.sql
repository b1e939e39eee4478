-- What is waited for: the lock, who wants it, since when.
SELECT l.pid, l.locktype AS kind, l.mode, coalesce(c.relname, '') AS relation,
       round(extract(epoch FROM clock_timestamp() - l.waitstart)::numeric, 2)::float AS waits_seconds,
       left(coalesce(a.query, ''), 300) AS query
  FROM pg_locks AS l
  LEFT JOIN pg_class AS c ON c.oid = l.relation
  LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
 WHERE NOT l.granted
 ORDER BY l.waitstart
 LIMIT 60
