-- Nothing is sold of a cancelled event, so there will be no more unpaid orders than there are.
UPDATE events e
SET unpaid_ended_at = now()
WHERE e.status = 'cancelled' AND e.unpaid_ended_at IS NULL
  AND NOT EXISTS (SELECT FROM orders o WHERE o.event_id = e.id AND o.status IN ('hold', 'pending'))
