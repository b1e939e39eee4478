-- The seats go back in the statement that cancels, and only if it cancels: once.
WITH cancelled AS (
    UPDATE orders
    SET status = 'cancelled', cancelled_at = now()
    WHERE order_number = $1 AND (user_id = $2 OR $3) AND status = 'pending'
    RETURNING id, ticket_id, quantity
), restocked AS (
    UPDATE ticket_types t
    SET available_quantity = t.available_quantity + cancelled.quantity
    FROM cancelled
    WHERE t.id = cancelled.ticket_id
)
SELECT id FROM cancelled
