-- Whether a code belongs to an order that is not paid yet. $1 code, $2 who, $3 an administrator
SELECT o.order_number
FROM orders o
JOIN events e ON e.id = o.event_id
WHERE o.status IN ('hold', 'pending') AND $1 = ANY (o.ticket_codes) AND (e.organizer_id = $2 OR $3)
LIMIT 1
