-- Some unpaid orders of events that were cancelled just now; without such an event not one order is read (the first
-- condition). $1 the most
WITH due AS (
    SELECT id FROM orders
    WHERE EXISTS (SELECT FROM events WHERE status = 'cancelled' AND unpaid_ended_at IS NULL)
      AND status IN ('hold', 'pending')
      AND event_id = ANY (ARRAY (SELECT id FROM events WHERE status = 'cancelled' AND unpaid_ended_at IS NULL))
    LIMIT $1 FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE orders
    SET status = 'cancelled', cancelled_at = now(), changed_by = NULL, change_reason = 'the event was cancelled'
    FROM due WHERE orders.id = due.id
    RETURNING ticket_id
)
SELECT ticket_id, count(*) AS orders FROM ended GROUP BY ticket_id
