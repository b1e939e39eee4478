-- Some paid orders of cancelled events. Rows that another process works on are left to it: nobody waits. The trigger locks
-- the ticket types in the order of their ids. For ever, not only right after the cancellation: money that came late may
-- have been on its way in that moment (settle_payment). $1 the most
WITH due AS (
    SELECT id FROM orders
    WHERE status = 'paid' AND event_id = ANY (ARRAY (SELECT id FROM events WHERE status = 'cancelled'))
    LIMIT $1 FOR UPDATE SKIP LOCKED
), ended AS (
    UPDATE orders
    SET status = 'refunded', refunded_at = now(), changed_by = NULL, change_reason = 'the event was cancelled'
    FROM due WHERE orders.id = due.id
    RETURNING ticket_id
)
SELECT ticket_id, count(*) AS orders FROM ended GROUP BY ticket_id
