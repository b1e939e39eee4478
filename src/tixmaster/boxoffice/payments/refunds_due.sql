-- Leases the refunds whose time has come, twice as late each time; a refund is done only when the provider has said so.
UPDATE payments p
SET refund_attempts = refund_attempts + 1, refund_next_at = now() + make_interval(secs => least(2 ^ refund_attempts, 3600))
FROM orders o
WHERE o.id = p.order_id AND p.id IN (
    SELECT id FROM payments WHERE status = 'refund_due' AND refund_next_at <= now()
    ORDER BY refund_next_at LIMIT 20 FOR UPDATE SKIP LOCKED
)
RETURNING p.id, p.order_id, o.order_number, o.payment_method AS method, p.amount_cents, p.reference, p.provider,
          p.refund_attempts
