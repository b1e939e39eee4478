-- The seats go back by the trigger on this change (database/migrations/0004). $1, $2, $3 as in find.sql
UPDATE orders
SET status = 'cancelled', cancelled_at = now(), changed_by = $2, change_reason = 'cancelled by request'
WHERE order_number = $1 AND (user_id = $2 OR $3 AND EXISTS (SELECT FROM users WHERE id = $2 AND role = 'admin')) AND status IN ('hold', 'pending')
RETURNING ticket_id
