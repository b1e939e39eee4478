-- What is NULL stays. $1 event, $2 who, $3 title, $4 description, $5 date, $6 location
WITH was AS (
    SELECT * FROM events WHERE id = $1 AND status IN ('draft', 'published') FOR NO KEY UPDATE
), changed AS (
    UPDATE events e
    SET title = coalesce($3, e.title), description = coalesce($4, e.description),
        event_date = coalesce($5, e.event_date), location = coalesce($6, e.location)
    FROM was WHERE e.id = was.id
    RETURNING e.*, differences(to_jsonb(was), to_jsonb(e)) AS differences
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $2, 'event changed', 'event', id, differences FROM changed WHERE differences IS NOT NULL
)
SELECT * FROM changed
