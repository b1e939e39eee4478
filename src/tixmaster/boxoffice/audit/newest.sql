-- $1 only entries before this one, $2 the most
SELECT a.id, a.at, a.action, a.subject, a.subject_id, a.details::text AS details, coalesce(u.email, '') AS actor
FROM audit_log a
LEFT JOIN users u ON u.id = a.actor
WHERE a.id < $1
ORDER BY a.id DESC
LIMIT $2
