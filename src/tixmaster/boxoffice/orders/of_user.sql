SELECT o.id, o.order_number, o.user_id, o.event_id, o.ticket_id, o.quantity, o.total_cents, o.status,
       o.payment_method, o.created_at, o.paid_at, o.expires_at, o.ticket_codes,
       t.states AS ticket_states, t.used AS ticket_used
FROM orders o,
     LATERAL (SELECT array_agg(status ORDER BY id) AS states, array_agg(used_at ORDER BY id) AS used
              FROM tickets WHERE order_id = o.id) t
WHERE o.user_id = $1
ORDER BY o.id DESC
LIMIT $2
