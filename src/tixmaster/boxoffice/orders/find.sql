-- $1 number, $2 owner, $3 may the caller see everybody's
SELECT o.id, o.order_number, o.user_id, o.event_id, o.ticket_id, o.quantity, o.total_cents, o.status,
       o.payment_method, o.created_at, o.paid_at, o.expired_at,
       array_agg(i.id ORDER BY i.id) AS item_ids,
       array_agg(i.ticket_code ORDER BY i.id) AS item_codes,
       array_agg(i.used_at ORDER BY i.id) AS item_used
FROM orders o
JOIN order_items i ON i.order_id = o.id
WHERE o.order_number = $1 AND (o.user_id = $2 OR $3)
GROUP BY o.id
