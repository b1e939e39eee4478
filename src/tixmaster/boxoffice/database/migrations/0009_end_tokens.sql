-- Changing a password ends the tokens issued before it, and logging out ends the session on the server.

-- Waiting for the table lock must not hold up a running box office for long: give up, and let the start try again.
SET LOCAL lock_timeout = '3s';

-- A token names the version it was issued for (claim `ver`; none is 0). Each change of the password counts one up.
-- A constant default does not rewrite the table.
ALTER TABLE users ADD COLUMN token_version integer NOT NULL DEFAULT 0;

-- Sessions of the storefront that somebody ended by logging out, until their tokens expire by themselves. identity.py
-- reads this for every request of a session; one that is open costs no row.
CREATE TABLE ended_sessions (
    id uuid PRIMARY KEY,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ended_sessions_by_expiry ON ended_sessions (expires_at);

-- As in 0005, with the version of each buyer's token: a token that a password change ended is refused as one whose account
-- is gone ('no_account'), in the join that looks for the account anyway. The function of 0005, which takes no versions,
-- stays for processes of the release before.
CREATE FUNCTION sell(
    p_ticket bigint, p_hold interval, p_key_life interval,
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
    state text;
    may_buy boolean[];
    earlier bigint[];
    same boolean[];
    outdated boolean[];
    first_of_buyer integer[];
    held integer[];
    slot integer;
BEGIN
    SELECT * INTO offer FROM ticket_types WHERE id = p_ticket FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        outcomes := array_fill('unknown_ticket'::text, ARRAY[requests]);
        ids := array_fill(NULL::bigint, ARRAY[requests]);
        RETURN;
    END IF;
    placed_at := clock_timestamp();
    seats_left := offer.available_quantity;
    price_cents := offer.price_cents;
    SELECT status INTO STRICT state FROM events WHERE id = offer.event_id;

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

    IF offer.max_per_buyer IS NOT NULL THEN
        SELECT array_agg(w.first ORDER BY w.place), array_agg(coalesce(h.seats, 0) ORDER BY w.place)
        INTO first_of_buyer, held
        FROM (SELECT buyer, place, min(place) OVER (PARTITION BY buyer)::integer AS first
              FROM unnest(p_buyers) WITH ORDINALITY b (buyer, place)) w
        LEFT JOIN LATERAL (
            SELECT sum(o.quantity)::integer AS seats FROM orders o
            WHERE w.place = w.first AND o.user_id = w.buyer AND o.ticket_id = p_ticket
              AND (o.status = 'paid' OR o.status IN ('hold', 'pending') AND o.expires_at > placed_at)) h ON true;
    END IF;

    FOR i IN 1 .. requests LOOP
        ids[i] := NULL;
        outcomes[i] := CASE
            WHEN NOT may_buy[i] THEN 'no_account'
            WHEN earlier[i] IS NOT NULL AND NOT outdated[i] THEN CASE WHEN same[i] THEN 'replayed' ELSE 'key_reused' END
            WHEN state <> CASE WHEN p_probes[i] THEN 'probe' ELSE 'published' END THEN 'not_on_sale'
            WHEN offer.event_id <> p_events[i] THEN 'other_event'
            WHEN placed_at < offer.sale_starts_at THEN 'sale_not_open'
            WHEN placed_at >= offer.sale_ends_at THEN 'sale_over'
            WHEN p_quantities[i] > offer.max_per_order THEN 'over_order_limit'
            WHEN held[first_of_buyer[i]] + p_quantities[i] > offer.max_per_buyer THEN 'over_buyer_limit'
            WHEN p_quantities[i] > seats_left THEN 'sold_out'
            ELSE 'sold' END;
        IF outcomes[i] = 'sold' THEN
            ids[i] := nextval('orders_id_seq');
            seats_left := seats_left - p_quantities[i];
            IF first_of_buyer IS NOT NULL THEN
                slot := first_of_buyer[i];
                held[slot] := held[slot] + p_quantities[i];
            END IF;
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
