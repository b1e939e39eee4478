-- $1 number, $2 caller, $3 whether the token says that it is an administrator, who sees everybody's: if it still is one
SELECT o.id, o.order_number, o.user_id, o.event_id, o.ticket_id, o.quantity, o.total_cents, o.status,
       o.payment_method, o.created_at, o.paid_at, o.expires_at, o.ticket_codes,
       t.states AS ticket_states, t.used AS ticket_used
FROM orders o,
     LATERAL (SELECT array_agg(status ORDER BY id) AS states, array_agg(used_at ORDER BY id) AS used
              FROM tickets WHERE order_id = o.id) t
WHERE o.order_number = $1 AND (o.user_id = $2 OR $3 AND EXISTS (SELECT FROM users WHERE id = $2 AND role = 'admin'))
