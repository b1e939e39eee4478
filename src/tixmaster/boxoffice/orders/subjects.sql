-- What orders are for. The caller has made sure who asks. $1 order numbers
SELECT o.order_number, e.title, e.event_date, e.location, e.status = 'cancelled' AS cancelled, k.ticket_type
FROM orders o
JOIN events e ON e.id = o.event_id
JOIN ticket_types k ON k.id = o.ticket_id
WHERE o.order_number = ANY ($1)
