-- The life of an order: hold → pending → paid | cancelled | expired, and paid → refunded.
-- Seats, tickets, refunds and history follow the state of the order, in its own transaction: see 0004.

ALTER TABLE events
    ADD COLUMN organizer_id uuid REFERENCES users,
    DROP CONSTRAINT events_status_check,
    ADD CONSTRAINT events_status_check CHECK (status IN ('draft', 'published', 'cancelled', 'probe'));
CREATE INDEX events_of_organizer ON events (organizer_id);

ALTER TABLE ticket_types
    ADD COLUMN max_per_buyer integer CHECK (max_per_buyer > 0),
    ADD COLUMN sale_starts_at timestamptz,
    ADD COLUMN sale_ends_at timestamptz,
    ADD CONSTRAINT ticket_types_sale_window CHECK (sale_starts_at < sale_ends_at);

ALTER TABLE orders
    DROP CONSTRAINT orders_status_check,
    DROP CONSTRAINT orders_check,
    DROP CONSTRAINT orders_check1,
    DROP CONSTRAINT orders_quantity_check;
ALTER TABLE orders RENAME COLUMN expired_at TO expires_at;
ALTER TABLE orders
    ADD COLUMN placed_as text NOT NULL DEFAULT 'pending' CHECK (placed_as IN ('hold', 'pending')),
    ADD COLUMN refunded_at timestamptz,
    -- One code a ticket, from the start; the tickets themselves are issued when the order is paid.
    ADD COLUMN ticket_codes text[],
    ADD COLUMN idempotency_key text CHECK (length(idempotency_key) BETWEEN 1 AND 128),
    -- Who changed the state last (NULL: the box office itself), and why; the history copies both.
    ADD COLUMN changed_by uuid,
    ADD COLUMN change_reason text;
UPDATE orders SET
    expires_at = created_at + interval '10 minutes',
    ticket_codes = (SELECT array_agg(i.ticket_code ORDER BY i.id) FROM order_items i WHERE i.order_id = orders.id);
ALTER TABLE orders
    ALTER COLUMN expires_at SET NOT NULL,
    ALTER COLUMN ticket_codes SET NOT NULL,
    ADD CONSTRAINT orders_status CHECK (status IN ('hold', 'pending', 'paid', 'cancelled', 'expired', 'refunded')),
    ADD CONSTRAINT orders_paid CHECK ((status IN ('paid', 'refunded')) = (paid_at IS NOT NULL)),
    ADD CONSTRAINT orders_cancelled CHECK ((status = 'cancelled') = (cancelled_at IS NOT NULL)),
    ADD CONSTRAINT orders_refunded CHECK ((status = 'refunded') = (refunded_at IS NOT NULL)),
    -- Ticket ids rely on the upper bound: order id * 1024 + place.
    ADD CONSTRAINT orders_quantity CHECK (quantity BETWEEN 1 AND 1000 AND cardinality(ticket_codes) = quantity);
-- Selling relies on this: one order for a buyer's key, whichever process gets the second request. The one index by buyer:
-- with two, a planner that does not know yet how the table grows takes the wrong one.
DROP INDEX orders_of_user;
CREATE UNIQUE INDEX orders_of_user ON orders (user_id, idempotency_key);
-- The sweeper of holds, and selling when seats run short.
CREATE INDEX orders_unpaid ON orders (expires_at) WHERE status IN ('hold', 'pending');

CREATE TABLE tickets (
    id bigint PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders,
    code text NOT NULL UNIQUE,
    status text NOT NULL DEFAULT 'valid' CHECK (status IN ('valid', 'used', 'void')),
    used_at timestamptz,
    gate text,
    CHECK (status <> 'valid' OR used_at IS NULL),
    CHECK (status <> 'used' OR used_at IS NOT NULL)
);
CREATE INDEX tickets_of_order ON tickets (order_id);
INSERT INTO tickets (id, order_id, code, status, used_at)
SELECT o.id * 1024 + row_number() OVER (PARTITION BY o.id ORDER BY i.id) - 1, o.id, i.ticket_code,
       CASE WHEN i.used_at IS NULL THEN 'valid' ELSE 'used' END, i.used_at
FROM orders o JOIN order_items i ON i.order_id = o.id
WHERE o.status = 'paid';
DROP TABLE order_items;

-- What happened to an order, a row for each change of state, written by the triggers of 0004 and by nobody else.
CREATE TABLE order_history (
    order_id bigint NOT NULL,
    at timestamptz NOT NULL,
    was text,
    became text NOT NULL,
    actor uuid,
    reason text
);
CREATE INDEX order_history_of_order ON order_history (order_id);

-- What organisers and administrators did.
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor uuid,
    action text NOT NULL,
    subject text NOT NULL,
    subject_id text NOT NULL,
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_of_subject ON audit_log (subject, subject_id, id);

CREATE TABLE payments (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    order_id bigint NOT NULL REFERENCES orders,
    provider text NOT NULL,
    -- The provider's own id of the payment; NULL until it has answered.
    reference text,
    amount_cents bigint NOT NULL CHECK (amount_cents >= 0),
    status text NOT NULL DEFAULT 'started'
        CHECK (status IN ('started', 'succeeded', 'failed', 'refund_due', 'refunded')),
    failure text,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    refund_attempts integer NOT NULL DEFAULT 0,
    refund_next_at timestamptz,
    UNIQUE (provider, reference)
);
CREATE INDEX payments_of_order ON payments (order_id);
-- Settling relies on this: an order is paid for once; the money of a second payment goes back.
CREATE UNIQUE INDEX payments_one_success ON payments (order_id) WHERE status = 'succeeded';
CREATE INDEX payments_refund_due ON payments (refund_next_at) WHERE status = 'refund_due';

-- The providers' webhooks that were taken: a second delivery of the same one changes nothing.
CREATE TABLE payment_notices (
    provider text NOT NULL,
    notice_id text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, notice_id)
);

-- The built-in simulator's own book: what was charged with it, and the webhooks that it still has to deliver.
CREATE TABLE simulated_charges (
    reference text PRIMARY KEY,
    payment_id uuid NOT NULL UNIQUE,
    amount_cents bigint NOT NULL,
    outcome text NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'succeeded', 'failed')),
    refunded boolean NOT NULL DEFAULT false,
    due_at timestamptz,
    delivered_at timestamptz,
    attempts integer NOT NULL DEFAULT 0
);
CREATE INDEX simulated_charges_due ON simulated_charges (due_at) WHERE delivered_at IS NULL;
