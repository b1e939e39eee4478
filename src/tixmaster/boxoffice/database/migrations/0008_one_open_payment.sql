-- Opening relies on this: two requests at once for one order get the same payment, and nobody is charged twice.
-- Of payments that were opened twice the newest stays open; money that comes for an older one is still settled (0006).
UPDATE payments p SET status = 'failed', failure = 'opened twice', settled_at = now()
WHERE status = 'started' AND EXISTS (
    SELECT FROM payments n
    WHERE n.order_id = p.order_id AND n.provider = p.provider AND n.status = 'started'
      AND (n.created_at, n.id) > (p.created_at, p.id));
CREATE UNIQUE INDEX payments_one_open ON payments (order_id, provider) WHERE status = 'started';
