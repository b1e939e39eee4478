UPDATE orders
SET status = 'paid', paid_at = now()
WHERE order_number = $1 AND (user_id = $2 OR $3) AND status = 'pending'
RETURNING id
