-- The order as it was when it was placed: the answer to a request that is sent again.
SELECT id, order_number, user_id, event_id, ticket_id, quantity, total_cents, placed_as AS status,
       CASE placed_as WHEN 'hold' THEN '' ELSE payment_method END AS payment_method, created_at,
       NULL::timestamptz AS paid_at, expires_at, ticket_codes, NULL::text[] AS ticket_states
FROM orders
WHERE id = $1
