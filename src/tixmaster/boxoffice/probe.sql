SELECT t.id, t.event_id
FROM ticket_types t
JOIN events e ON e.id = t.event_id
WHERE e.status = 'probe'
LIMIT 1
