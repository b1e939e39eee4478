-- Stock + held + sold = total, for each ticket type, from the orders themselves and in one snapshot: true at any moment,
-- also in the middle of a sale, or something is wrong.
SELECT t.id AS ticket_id, e.title AS event, t.ticket_type, t.total_quantity AS total, t.available_quantity AS stock,
       coalesce(o.held, 0)::bigint AS held, coalesce(o.sold, 0)::bigint AS sold
FROM ticket_types t
JOIN events e ON e.id = t.event_id
LEFT JOIN (
    SELECT ticket_id,
           sum(quantity) FILTER (WHERE status IN ('hold', 'pending')) AS held,
           sum(quantity) FILTER (WHERE status = 'paid') AS sold
    FROM orders
    GROUP BY ticket_id
) o ON o.ticket_id = t.id
ORDER BY t.id
