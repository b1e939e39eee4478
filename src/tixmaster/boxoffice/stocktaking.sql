WITH sold AS (
    SELECT ticket_id, sum(quantity) AS seats FROM orders WHERE status <> 'cancelled' GROUP BY ticket_id
)
SELECT count(*) FILTER (WHERE t.available_quantity > 0) AS sales_open,
       coalesce(sum(greatest(sold.seats - t.total_quantity, 0)), 0)::bigint AS oversold_seats
FROM ticket_types t
JOIN events e ON e.id = t.event_id AND e.status = 'published'
LEFT JOIN sold ON sold.ticket_id = t.id
