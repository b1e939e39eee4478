-- What follows from the state of an order is done here, in the transaction and statement of the change, so that no code
-- path can forget it: seats are taken and given back exactly once, tickets are issued and made void, money that has to
-- go back is marked, the history is written. The triggers run once a statement, not once a row: a merged sale of a
-- hundred orders pays for one.

-- The states in which an order has seats.
CREATE FUNCTION has_seats(status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT status IN ('hold', 'pending', 'paid') $$;

CREATE FUNCTION order_placed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken record;
BEGIN
    IF EXISTS (SELECT FROM placed WHERE status <> placed_as) THEN
        RAISE EXCEPTION 'an order begins as hold or pending' USING ERRCODE = 'check_violation', CONSTRAINT = 'order_states';
    END IF;
    -- In the order of their ids, as everywhere: two transactions that lock several ticket types cannot deadlock.
    FOR taken IN SELECT ticket_id, sum(quantity) AS seats FROM placed GROUP BY ticket_id ORDER BY ticket_id LOOP
        UPDATE ticket_types SET available_quantity = available_quantity - taken.seats WHERE id = taken.ticket_id;
    END LOOP;
    INSERT INTO order_history (order_id, at, became, actor) SELECT id, created_at, status, user_id FROM placed;
    RETURN NULL;
END $$;

CREATE TRIGGER order_placed AFTER INSERT ON orders
REFERENCING NEW TABLE AS placed FOR EACH STATEMENT EXECUTE FUNCTION order_placed();

CREATE FUNCTION order_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    illegal record;
    moved record;
BEGIN
    SELECT a.order_number, b.status AS was, a.status AS became INTO illegal
    FROM before b JOIN after a USING (id)
    WHERE (b.status <> a.status AND (b.status, a.status) NOT IN (
              ('hold', 'pending'), ('hold', 'paid'), ('hold', 'cancelled'), ('hold', 'expired'),
              ('pending', 'paid'), ('pending', 'cancelled'), ('pending', 'expired'),
              -- Money that came late, while there are still seats (orders/settle.py).
              ('expired', 'paid'),
              ('paid', 'refunded')))
       OR (a.user_id, a.event_id, a.ticket_id, a.quantity, a.total_cents, a.ticket_codes, a.placed_as, a.expires_at)
          IS DISTINCT FROM
          (b.user_id, b.event_id, b.ticket_id, b.quantity, b.total_cents, b.ticket_codes, b.placed_as, b.expires_at)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'order % cannot go from % to % or change what was ordered',
            illegal.order_number, illegal.was, illegal.became
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_states';
    END IF;

    FOR moved IN
        SELECT a.ticket_id, sum(CASE WHEN has_seats(b.status) THEN a.quantity ELSE -a.quantity END) AS seats
        FROM before b JOIN after a USING (id)
        WHERE has_seats(b.status) <> has_seats(a.status)
        GROUP BY a.ticket_id ORDER BY a.ticket_id
    LOOP
        UPDATE ticket_types SET available_quantity = available_quantity + moved.seats WHERE id = moved.ticket_id;
    END LOOP;

    INSERT INTO tickets (id, order_id, code)
    SELECT a.id * 1024 + t.place - 1, a.id, t.code
    FROM before b JOIN after a USING (id), unnest(a.ticket_codes) WITH ORDINALITY t (code, place)
    WHERE a.status = 'paid' AND b.status <> 'paid';

    UPDATE tickets SET status = 'void'
    FROM before b JOIN after a USING (id)
    WHERE a.status = 'refunded' AND b.status = 'paid' AND tickets.order_id = a.id;

    UPDATE payments SET status = 'refund_due', refund_next_at = now()
    FROM before b JOIN after a USING (id)
    WHERE a.status = 'refunded' AND b.status = 'paid' AND payments.order_id = a.id AND payments.status = 'succeeded';

    INSERT INTO order_history (order_id, at, was, became, actor, reason)
    SELECT a.id, clock_timestamp(), b.status, a.status, a.changed_by, a.change_reason
    FROM before b JOIN after a USING (id)
    WHERE b.status <> a.status;
    RETURN NULL;
END $$;

CREATE TRIGGER order_changed AFTER UPDATE ON orders
REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION order_changed();
