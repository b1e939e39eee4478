-- Leases the webhooks whose time has come: if this process dies, they are due again a little later, twice as late each time.
UPDATE simulated_charges
SET attempts = attempts + 1, due_at = now() + make_interval(secs => least(2 ^ attempts, 300))
WHERE reference IN (
    SELECT reference FROM simulated_charges
    WHERE delivered_at IS NULL AND due_at <= now()
    ORDER BY due_at LIMIT 50 FOR UPDATE SKIP LOCKED
)
RETURNING reference, payment_id, amount_cents, outcome
