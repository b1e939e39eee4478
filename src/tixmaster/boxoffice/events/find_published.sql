SELECT id, title, description, event_date, location, status, created_at
FROM events
WHERE id = $1 AND status = 'published'
