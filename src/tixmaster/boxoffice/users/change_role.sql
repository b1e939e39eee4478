-- Both accounts are locked, in the order of their ids: of two administrators who demote each other at the same moment one
-- comes too late, and there is always one left. $1 who does it, $2 whose role, $3 the new one
WITH pair AS (
    SELECT * FROM users WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE
), changed AS (
    UPDATE users SET role = $3, updated_at = now()
    FROM pair was
    WHERE users.id = $2 AND was.id = $2 AND $1 <> $2 AND was.role NOT IN ('probe', $3)
      AND EXISTS (SELECT FROM pair WHERE id = $1 AND role = 'admin')
    RETURNING users.*, was.role AS was
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $1, 'role changed', 'user', id::text, jsonb_build_object('was', was, 'became', role) FROM changed
)
SELECT pair.id, pair.email, pair.name, pair.phone, coalesce(changed.role, pair.role) AS role, pair.created_at
FROM pair LEFT JOIN changed USING (id)
WHERE pair.id = $2
