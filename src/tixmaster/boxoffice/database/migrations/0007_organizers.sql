-- Organisers cancel events, and see what they sold.

-- When the last unpaid order of a cancelled event was ended: from then on nobody looks for more (organizers/cancelled.py).
ALTER TABLE events ADD COLUMN unpaid_ended_at timestamptz;

-- What an event has sold, for its organiser and for giving everything back. An unpaid order is not in it: a sale pays
-- nothing for this index.
CREATE INDEX orders_of_event ON orders (event_id, status) WHERE status IN ('paid', 'refunded');

-- Ending the orders of cancelled events begins here, every second: there are few.
CREATE INDEX events_cancelled ON events (id) WHERE status = 'cancelled';

-- For the audit log: each field that differs, as [before, after]; NULL where none does.
CREATE FUNCTION differences(was jsonb, became jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_object_agg(key, jsonb_build_array(b.value, a.value))
    FROM jsonb_each(was) b JOIN jsonb_each(became) a USING (key)
    WHERE a.value <> b.value
$$;

-- Cancels an event; false where there is nothing to cancel. One call, so that no lock is held over a round trip.
-- After its locks on the ticket types nothing is being sold: sales that began before are committed, and those that wait
-- for the lock read the state of the event when they have it (0005_sell.sql). In the order of their ids, as everywhere.
CREATE FUNCTION cancel_event(p_event bigint, p_actor uuid) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE events SET status = 'cancelled' WHERE id = p_event AND status IN ('draft', 'published');
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM FROM ticket_types WHERE event_id = p_event ORDER BY id FOR NO KEY UPDATE;
    INSERT INTO audit_log (actor, action, subject, subject_id) VALUES (p_actor, 'event cancelled', 'event', p_event);
    RETURN true;
END $$;
