-- One transaction for each order, in one round trip: the row is locked no longer than it takes to make the commit durable.
-- (As BEGIN, UPDATE, INSERT and COMMIT, each sent by itself, it would be slower and flatter us.)
\set number random(1, 9000000000000000000)
WITH seat AS (
    UPDATE bench_ticket_types
    SET available_quantity = available_quantity - 1
    WHERE id = :ticket AND available_quantity >= 1
    RETURNING id, event_id, price_cents
)
INSERT INTO bench_orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method)
SELECT 'TM-' || :number::bigint, :buyer::uuid, event_id, id, 1, price_cents, 'credit_card' FROM seat;
