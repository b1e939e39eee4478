-- Orders of an event, the newest first: those that are paid, refunded, or may still be paid. Ended ones are many in a sale and in
-- no index; they are found by their number. $1 event, $2 text of a search or '', $3 only orders before this one, $4 the most
SELECT o.id, o.order_number, o.quantity, o.total_cents, o.status, o.created_at, u.name, u.email, k.ticket_type
FROM orders o
JOIN users u ON u.id = o.user_id
JOIN ticket_types k ON k.id = o.ticket_id
WHERE o.event_id = $1 AND o.id < $3
  AND (o.status IN ('paid', 'refunded') OR o.status IN ('hold', 'pending') OR o.order_number = upper($2))
  AND ($2 = '' OR o.order_number = upper($2) OR upper($2) = ANY (o.ticket_codes)
       OR position(lower($2) IN lower(u.email)) > 0 OR position(lower($2) IN lower(u.name)) > 0)
ORDER BY o.id DESC
LIMIT $4
