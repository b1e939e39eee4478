-- Some unpaid orders of events that were cancelled just now. $1 the most
WITH due AS (
    SELECT o.id
    FROM events e JOIN orders o ON o.event_id = e.id AND o.status IN ('hold', 'pending')
    WHERE e.status = 'cancelled' AND e.unpaid_ended_at IS NULL
    LIMIT $1 FOR UPDATE OF o SKIP LOCKED
), ended AS (
    UPDATE orders
    SET status = 'cancelled', cancelled_at = now(), changed_by = NULL, change_reason = 'the event was cancelled'
    FROM due WHERE orders.id = due.id
    RETURNING ticket_id
)
SELECT ticket_id, count(*) AS orders FROM ended GROUP BY ticket_id
