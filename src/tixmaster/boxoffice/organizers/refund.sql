-- Seats, tickets and money follow by the trigger on this change. No row: the caller has nothing to do with such an order.
-- $1 number, $2 who, $3 an administrator, $4 why
WITH asked AS (
    SELECT o.id, o.user_id, o.status, coalesce(e.organizer_id = $2, false) OR $3 AS may
    FROM orders o JOIN events e ON e.id = o.event_id
    WHERE o.order_number = $1 AND (e.organizer_id = $2 OR $3 OR o.user_id = $2)
), refunded AS (
    UPDATE orders SET status = 'refunded', refunded_at = now(), changed_by = $2, change_reason = $4
    FROM asked WHERE orders.id = asked.id AND asked.may AND orders.status = 'paid'
    RETURNING orders.id, orders.ticket_id
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $2, 'order refunded', 'order', $1, jsonb_build_object('reason', $4::text) FROM refunded
)
SELECT asked.user_id, asked.status, asked.may, refunded.ticket_id FROM asked LEFT JOIN refunded USING (id)
