-- What is NULL stays. No row where the event is cancelled or would be moved into the past; one that is past may keep its date.
-- $1 event, $2 who, $3 title, $4 description, $5 date, $6 location
WITH was AS (
    SELECT * FROM events
    WHERE id = $1 AND status IN ('draft', 'published') AND ($5::timestamptz IS NULL OR $5 = event_date OR $5 > now())
    FOR NO KEY UPDATE
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
