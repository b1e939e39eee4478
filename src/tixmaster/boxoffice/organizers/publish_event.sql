-- $1 event, $2 who
WITH published AS (
    UPDATE events SET status = 'published'
    WHERE id = $1 AND status = 'draft' AND event_date > now() AND EXISTS (SELECT FROM ticket_types WHERE event_id = $1)
    RETURNING *
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id)
    SELECT $2, 'event published', 'event', id FROM published
)
SELECT * FROM published
