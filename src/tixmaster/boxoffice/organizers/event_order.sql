-- One order as the organiser of its event sees it; no row where it is not theirs. $1 number, $2 who, $3 an administrator
SELECT o.id, o.order_number, o.quantity, o.total_cents, o.status, o.created_at, o.event_id, e.title,
       u.name, u.email, k.ticket_type
FROM orders o
JOIN events e ON e.id = o.event_id
JOIN users u ON u.id = o.user_id
JOIN ticket_types k ON k.id = o.ticket_id
WHERE o.order_number = $1 AND e.status <> 'probe' AND (e.organizer_id = $2 OR $3)
