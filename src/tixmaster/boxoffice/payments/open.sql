-- A payment for an order that can still be paid: the one that was opened before and is not settled, or a new one.
-- A hold becomes an order to be paid, by the method named. $1, $2, $3 as in orders/find.sql, $4 provider, $5 method
WITH payable AS (
    SELECT id, order_number, status, total_cents, payment_method FROM orders
    WHERE order_number = $1
      AND (user_id = $2 OR $3 AND EXISTS (SELECT FROM users WHERE id = $2 AND role = 'admin'))
      AND status IN ('hold', 'pending') AND expires_at > now()
    FOR NO KEY UPDATE
), ordered AS (
    UPDATE orders o
    SET status = 'pending', payment_method = $5, changed_by = $2, change_reason = 'payment begun'
    FROM payable WHERE o.id = payable.id AND payable.status = 'hold'
    RETURNING o.id
), opened AS (
    -- Not by looking first: a statement that waited for the lock does not see what the one before it wrote.
    INSERT INTO payments (order_id, provider, amount_cents) SELECT id, $4, total_cents FROM payable
    ON CONFLICT (order_id, provider) WHERE status = 'started' DO UPDATE SET provider = excluded.provider
    RETURNING id, order_id, reference, amount_cents
)
SELECT opened.*, payable.order_number,
       CASE payable.status WHEN 'hold' THEN $5 ELSE payable.payment_method END AS method
FROM payable JOIN opened ON opened.order_id = payable.id
