-- Rows of sessions whose tokens have expired by themselves. $1 the most
DELETE FROM ended_sessions
WHERE id IN (SELECT id FROM ended_sessions WHERE expires_at < now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING id
