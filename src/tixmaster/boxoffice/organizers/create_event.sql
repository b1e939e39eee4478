-- No row where the event would begin in the past. $1 organizer, $2 title, $3 description, $4 date, $5 location
WITH created AS (
    INSERT INTO events (organizer_id, title, description, event_date, location)
    SELECT $1, $2, $3, $4, $5 WHERE $4 > now()
    RETURNING *
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $1, 'event created', 'event', id, to_jsonb(created) FROM created
)
SELECT * FROM created
