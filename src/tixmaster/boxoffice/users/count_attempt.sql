-- Counts an attempt, if there may be one more; no row where there may not. The count starts again when its window is over.
-- $1 subject, $2 the most, $3 length of the window
INSERT INTO password_attempts AS a (subject, attempts, ends_at) VALUES ($1, 1, now() + $3)
ON CONFLICT (subject) DO UPDATE
SET attempts = CASE WHEN a.ends_at <= now() THEN 1 ELSE a.attempts + 1 END,
    ends_at = CASE WHEN a.ends_at <= now() THEN now() + $3 ELSE a.ends_at END
WHERE a.ends_at <= now() OR a.attempts < $2
RETURNING attempts
