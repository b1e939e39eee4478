-- $1 key, $2 on or off, $3 who turns it
WITH turned AS (
    UPDATE feature_flags SET enabled = $2, updated_at = now() WHERE key = $1
    RETURNING key, enabled, description, updated_at
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $3, 'flag turned', 'flag', key, jsonb_build_object('enabled', enabled) FROM turned
)
SELECT enabled, description, updated_at FROM turned
