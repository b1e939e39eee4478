SELECT id, title, description, event_date, location, status, created_at
FROM events
WHERE status = 'published' AND event_date > now()
ORDER BY event_date, id
