-- The seats of the events ahead, by state and from one snapshot: the $1 largest by themselves, the rest as one row.
-- What is not left is sold or held; only the unpaid orders are looked at, which are few and have an index.
WITH ahead AS (
    SELECT e.id, left(e.title, 60) AS title, sum(t.total_quantity) AS total, sum(t.available_quantity) AS remain,
           coalesce(sum(u.held), 0) AS held, row_number() OVER (ORDER BY sum(t.total_quantity) DESC, e.id) AS place
    FROM events e
    JOIN ticket_types t ON t.event_id = e.id
    LEFT JOIN (SELECT ticket_id, sum(quantity) AS held FROM orders WHERE status IN ('hold', 'pending') GROUP BY ticket_id) u
           ON u.ticket_id = t.id
    WHERE e.status = 'published' AND e.event_date > now()
    GROUP BY e.id
)
SELECT CASE WHEN place <= $1 THEN id::text ELSE '' END AS number, CASE WHEN place <= $1 THEN title ELSE 'other events' END AS title,
       sum(remain)::bigint AS left, sum(held)::bigint AS held, sum(total - remain - held)::bigint AS sold
FROM ahead
GROUP BY 1, 2
