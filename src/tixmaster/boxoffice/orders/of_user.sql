SELECT o.id, o.order_number, o.user_id, o.event_id, o.ticket_id, o.quantity, o.total_cents, o.status,
       o.payment_method, o.created_at, o.paid_at, o.expired_at,
       array_agg(i.id ORDER BY i.id) AS item_ids,
       array_agg(i.ticket_code ORDER BY i.id) AS item_codes,
       array_agg(i.used_at ORDER BY i.id) AS item_used
FROM (SELECT * FROM orders WHERE user_id = $1 ORDER BY id DESC LIMIT $2) o
JOIN order_items i ON i.order_id = o.id
GROUP BY o.id, o.order_number, o.user_id, o.event_id, o.ticket_id, o.quantity, o.total_cents, o.status,
         o.payment_method, o.created_at, o.paid_at, o.expired_at
ORDER BY o.id DESC
