-- Money has arrived for an order. One call, so that no lock is held over a round trip. Returns what it means:
-- 'paid'        the order is paid and its tickets are issued
-- 'settled'     this payment was settled before; nothing changed
-- 'refund_due'  it came too late, or the order was paid for already: the money goes back (payments/refunds.py)
-- 'unknown'     there is no such payment
-- Locks the order before its payment and its ticket type, as the triggers do.
CREATE FUNCTION settle_payment(p_payment uuid, p_take_late boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    sold record;
    state text;
    won boolean := false;
BEGIN
    SELECT o.id, o.status, o.expires_at, e.status AS event_status INTO sold
    FROM payments p JOIN orders o ON o.id = p.order_id JOIN events e ON e.id = o.event_id
    WHERE p.id = p_payment FOR NO KEY UPDATE OF o;
    IF NOT FOUND THEN
        RETURN 'unknown';
    END IF;
    SELECT status INTO state FROM payments WHERE id = p_payment FOR NO KEY UPDATE;
    IF state NOT IN ('started', 'failed') THEN
        RETURN 'settled';
    END IF;

    IF sold.status IN ('hold', 'pending') AND sold.expires_at <= clock_timestamp() THEN
        UPDATE orders SET status = 'expired', changed_by = NULL, change_reason = 'not paid in time' WHERE id = sold.id;
        sold.status := 'expired';
    END IF;
    IF sold.status IN ('hold', 'pending') THEN
        UPDATE orders SET status = 'paid', paid_at = now(), changed_by = NULL, change_reason = 'payment ' || p_payment
        WHERE id = sold.id;
        won := true;
    ELSIF sold.status = 'expired' AND p_take_late AND sold.event_status IN ('published', 'probe') THEN
        BEGIN
            UPDATE orders SET status = 'paid', paid_at = now(), changed_by = NULL, change_reason = 'late payment ' || p_payment
            WHERE id = sold.id;
            won := true;
        EXCEPTION WHEN check_violation THEN
            NULL; -- the seats are sold to somebody else: ticket_types_stock says so
        END;
    END IF;
    UPDATE payments
    SET status = CASE WHEN won THEN 'succeeded' ELSE 'refund_due' END, settled_at = now(), failure = NULL,
        refund_next_at = CASE WHEN won THEN NULL ELSE now() END
    WHERE id = p_payment;
    RETURN CASE WHEN won THEN 'paid' ELSE 'refund_due' END;
END $$;

-- The provider refused a payment. The order stays as it is: the buyer may try again until it expires.
CREATE FUNCTION fail_payment(p_payment uuid, p_why text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    UPDATE payments SET status = 'failed', failure = p_why, settled_at = now() WHERE id = p_payment AND status = 'started';
    IF FOUND THEN
        RETURN 'failed';
    END IF;
    RETURN CASE WHEN EXISTS (SELECT FROM payments WHERE id = p_payment) THEN 'settled' ELSE 'unknown' END;
END $$;
