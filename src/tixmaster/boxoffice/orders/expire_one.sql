-- An order that is looked at after its time is over has expired, whether or not the sweeper has come by.
UPDATE orders
SET status = 'expired', changed_by = NULL, change_reason = 'not paid in time'
WHERE order_number = $1 AND status IN ('hold', 'pending') AND expires_at <= now()
RETURNING ticket_id
