-- Gives back the seats of holds that are over. Rows that somebody works on are left for the next time: nobody waits.
WITH expired AS (
    UPDATE orders
    SET status = 'expired', changed_by = NULL, change_reason = 'not paid in time'
    WHERE id IN (
        SELECT id FROM orders WHERE status IN ('hold', 'pending') AND expires_at <= now()
        ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )
    RETURNING ticket_id, user_id
)
SELECT ticket_id, count(*) FILTER (WHERE u.role <> 'probe') AS orders, count(*) AS rows
FROM expired JOIN users u ON u.id = expired.user_id
GROUP BY ticket_id
