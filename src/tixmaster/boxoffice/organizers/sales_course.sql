-- Seats by the time of their payment. $1 event, $2 length of a step
SELECT date_bin($2, paid_at, timestamptz '2000-01-01 00:00+00') AS since, sum(quantity)::integer AS seats
FROM orders
WHERE event_id = $1 AND status = 'paid'
GROUP BY since
