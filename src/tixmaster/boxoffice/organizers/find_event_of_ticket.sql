SELECT e.* FROM events e JOIN ticket_types t ON t.event_id = e.id WHERE t.id = $1 AND e.status <> 'probe'
