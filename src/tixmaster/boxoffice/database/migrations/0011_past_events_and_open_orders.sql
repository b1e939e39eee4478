-- Past events are not sold, and a buyer holds a bounded number of unpaid orders and seats.

-- Waiting for the table lock must not hold up a running box office for long: give up, and let the start try again.
SET LOCAL lock_timeout = '3s';

-- The orders of a buyer that count: selling looks at these alone (limits per buyer, open orders), however many orders
-- somebody has let expire.
CREATE INDEX orders_live_of_buyer ON orders (user_id, status) WHERE status IN ('hold', 'pending', 'paid');

-- As in 0009, with two parameters more: how many unpaid orders a buyer may have open over all ticket types, and how many
-- seats in them (NULL: any number). A single order up to the ticket type's own limit is always possible.
-- An event is past from the moment it begins (event_date), by the clock of the database. Orders placed before stay payable
-- until they expire. The functions of 0005 and 0009 stay for processes of the releases before.
CREATE FUNCTION sell(
    p_ticket bigint, p_hold interval, p_key_life interval, p_open_orders integer, p_open_seats integer,
    p_buyers uuid[], p_versions integer[], p_probes boolean[], p_events bigint[], p_quantities integer[], p_states text[],
    p_methods text[], p_keys text[], p_numbers text[], p_codes text[],
    OUT outcomes text[], OUT ids bigint[], OUT seats_left integer, OUT price_cents bigint, OUT placed_at timestamptz
) LANGUAGE plpgsql
-- The tables grow from nothing within minutes, faster than their statistics: keep to the indexes.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    requests constant integer := cardinality(p_buyers);
    offer record;
    event record;
    locked uuid[];
    bounded boolean;
    busy boolean[];
    may_buy boolean[];
    earlier bigint[];
    same boolean[];
    outdated boolean[];
    first_of_buyer integer[];
    held integer[];
    open_orders integer[];
    open_seats integer[];
    slot integer;
BEGIN
    SELECT * INTO offer FROM ticket_types WHERE id = p_ticket FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcomes := array_fill('unknown_ticket'::text, ARRAY[requests]);
        ids := array_fill(NULL::bigint, ARRAY[requests]);
        RETURN;
    END IF;
    -- One sale at a time for each buyer: what is counted below holds until the orders are written, whatever is being sold to
    -- the same buyers elsewhere. Nobody waits for such a lock, for this sale would make all buyers of the ticket type wait with
    -- it: a buyer to whom something else is being sold right now is 'busy' and asked for again. The foreign key of orders
    -- locks these rows anyway.
    bounded := p_open_orders IS NOT NULL OR p_open_seats IS NOT NULL;
    IF bounded THEN
        SELECT array_agg(id) INTO locked FROM (
            SELECT id FROM users WHERE id = ANY (p_buyers) FOR NO KEY UPDATE SKIP LOCKED) u;
        IF cardinality(locked) IS DISTINCT FROM requests THEN
            SELECT array_agg(buyer <> ALL (coalesce(locked, '{}')) ORDER BY place) INTO busy
            FROM unnest(p_buyers) WITH ORDINALITY b (buyer, place);
        END IF;
    END IF;
    placed_at := clock_timestamp();
    seats_left := offer.available_quantity;
    price_cents := offer.price_cents;
    SELECT status, event_date INTO STRICT event FROM events WHERE id = offer.event_id;

    SELECT array_agg(coalesce(u.token_version = w.version, false) ORDER BY w.place),
           array_agg(o.id ORDER BY w.place),
           array_agg(o.ticket_id = p_ticket AND o.event_id = w.event AND o.quantity = w.quantity
                     AND o.placed_as = w.state AND (w.state = 'hold' OR o.payment_method = w.method) ORDER BY w.place),
           array_agg(coalesce(o.created_at < placed_at - p_key_life, false) ORDER BY w.place)
    INTO may_buy, earlier, same, outdated
    FROM unnest(p_buyers, p_versions, p_events, p_quantities, p_states, p_methods, p_keys)
         WITH ORDINALITY w (buyer, version, event, quantity, state, method, key, place)
    LEFT JOIN users u ON u.id = w.buyer
    LEFT JOIN orders o ON o.user_id = w.buyer AND o.idempotency_key = w.key;
    IF true = ANY (outdated) THEN
        UPDATE orders SET idempotency_key = NULL
        WHERE id IN (SELECT k.id FROM unnest(earlier, outdated) k (id, outdated) WHERE k.outdated);
    END IF;

    -- Seats run short: those of holds that are over come back now, not when the sweeper comes by.
    IF (SELECT sum(q) FROM unnest(p_quantities) q) > seats_left
       AND EXISTS (SELECT FROM orders WHERE status IN ('hold', 'pending') AND expires_at <= placed_at AND ticket_id = p_ticket)
    THEN
        UPDATE orders SET status = 'expired', changed_by = NULL, change_reason = 'not paid in time'
        WHERE id IN (SELECT id FROM orders
                     WHERE status IN ('hold', 'pending') AND expires_at <= placed_at AND ticket_id = p_ticket
                     FOR UPDATE SKIP LOCKED);
        SELECT available_quantity INTO seats_left FROM ticket_types WHERE id = p_ticket;
    END IF;

    -- In an on-sale most buyers come once and have nothing yet: then there is nothing to count, and each is the first of itself.
    IF cardinality(locked) = requests
       AND NOT EXISTS (SELECT FROM orders WHERE user_id = ANY (p_buyers) AND status IN ('hold', 'pending', 'paid'))
       OR NOT bounded AND offer.max_per_buyer IS NULL
    THEN
        held := array_fill(0, ARRAY[requests]);
        open_orders := held;
        open_seats := held;
    ELSE
        -- `IS TRUE` keeps the planner from reading everybody's open orders by their time (orders_unpaid).
        SELECT array_agg(w.first ORDER BY w.place), array_agg(coalesce(h.seats, 0) ORDER BY w.place),
               array_agg(coalesce(u.orders, 0) ORDER BY w.place), array_agg(coalesce(u.seats, 0) ORDER BY w.place)
        INTO first_of_buyer, held, open_orders, open_seats
        FROM (SELECT buyer, place, min(place) OVER (PARTITION BY buyer)::integer AS first
              FROM unnest(p_buyers) WITH ORDINALITY b (buyer, place)) w
        LEFT JOIN LATERAL (
            SELECT sum(o.quantity)::integer AS seats FROM orders o
            WHERE offer.max_per_buyer IS NOT NULL AND w.place = w.first AND o.user_id = w.buyer AND o.ticket_id = p_ticket
              AND o.status IN ('hold', 'pending', 'paid') AND (o.status = 'paid' OR o.expires_at > placed_at)) h ON true
        LEFT JOIN LATERAL (
            SELECT count(*)::integer AS orders, sum(o.quantity)::integer AS seats
            FROM (SELECT quantity FROM orders
                  WHERE bounded AND w.place = w.first AND user_id = w.buyer
                    AND status IN ('hold', 'pending') AND (expires_at > placed_at) IS TRUE
                  LIMIT p_open_orders) o) u ON true;
    END IF;

    FOR i IN 1 .. requests LOOP
        ids[i] := NULL;
        slot := coalesce(first_of_buyer[i], i);
        outcomes[i] := CASE
            WHEN NOT may_buy[i] THEN 'no_account'
            WHEN busy[i] THEN 'busy'
            WHEN earlier[i] IS NOT NULL AND NOT outdated[i] THEN CASE WHEN same[i] THEN 'replayed' ELSE 'key_reused' END
            WHEN event.status <> CASE WHEN p_probes[i] THEN 'probe' ELSE 'published' END THEN 'not_on_sale'
            WHEN offer.event_id <> p_events[i] THEN 'other_event'
            WHEN placed_at >= event.event_date THEN 'event_past'
            WHEN placed_at < offer.sale_starts_at THEN 'sale_not_open'
            WHEN placed_at >= offer.sale_ends_at THEN 'sale_over'
            WHEN p_quantities[i] > offer.max_per_order THEN 'over_order_limit'
            WHEN held[slot] + p_quantities[i] > offer.max_per_buyer THEN 'over_buyer_limit'
            WHEN NOT p_probes[i] AND (open_orders[slot] >= p_open_orders
                                      OR open_orders[slot] > 0 AND open_seats[slot] + p_quantities[i] > p_open_seats)
                THEN 'over_open_limit'
            WHEN p_quantities[i] > seats_left THEN 'sold_out'
            ELSE 'sold' END;
        IF outcomes[i] = 'sold' THEN
            ids[i] := nextval('orders_id_seq');
            seats_left := seats_left - p_quantities[i];
            held[slot] := held[slot] + p_quantities[i];
            open_orders[slot] := open_orders[slot] + 1;
            open_seats[slot] := open_seats[slot] + p_quantities[i];
        ELSIF outcomes[i] = 'replayed' THEN
            ids[i] := earlier[i];
        END IF;
    END LOOP;

    IF 'sold' = ANY (outcomes) THEN
        INSERT INTO orders (id, order_number, user_id, event_id, ticket_id, quantity, total_cents, status, placed_as,
                            payment_method, created_at, expires_at, ticket_codes, idempotency_key)
        OVERRIDING SYSTEM VALUE
        SELECT w.id, w.number, w.buyer, offer.event_id, p_ticket, w.quantity, w.quantity * offer.price_cents, w.state, w.state,
               w.method, placed_at, placed_at + p_hold, string_to_array(w.codes, ' '), w.key
        FROM unnest(outcomes, ids, p_buyers, p_quantities, p_states, p_methods, p_keys, p_numbers, p_codes)
             w (outcome, id, buyer, quantity, state, method, key, number, codes)
        WHERE w.outcome = 'sold'
        -- Not in the order of arrival, which is settled by now: processes that use the same keys at once would deadlock.
        ORDER BY w.buyer, w.key;
    END IF;
END $$;

-- As in 0006, but money that comes late for a past event goes back: taking it would be a sale.
CREATE OR REPLACE FUNCTION settle_payment(p_payment uuid, p_take_late boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    sold record;
    state text;
    won boolean := false;
BEGIN
    SELECT o.id, o.status, o.expires_at, e.status AS event_status, e.event_date INTO sold
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
    ELSIF sold.status = 'expired' AND p_take_late AND sold.event_status IN ('published', 'probe')
          AND sold.event_date > clock_timestamp() THEN
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
