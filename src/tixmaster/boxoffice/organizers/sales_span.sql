-- $1 event
SELECT min(paid_at) AS first, max(paid_at) AS last FROM orders WHERE event_id = $1 AND status = 'paid'
