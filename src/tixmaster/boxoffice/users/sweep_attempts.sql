-- Counts whose window is over. $1 the most
DELETE FROM password_attempts
WHERE subject IN (
    SELECT subject FROM password_attempts WHERE ends_at <= now() ORDER BY ends_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING subject
