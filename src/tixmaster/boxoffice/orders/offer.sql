-- What there is to say about a ticket type that could not be sold.
SELECT t.event_id, t.available_quantity, t.max_per_order, e.status
FROM ticket_types t
JOIN events e ON e.id = t.event_id
WHERE t.id = $1
