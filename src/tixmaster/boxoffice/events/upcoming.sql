-- The ids of published events that have not begun, the next first. $1 the most
SELECT id FROM events WHERE status = 'published' AND event_date > now() ORDER BY event_date, id LIMIT $1
