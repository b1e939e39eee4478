-- The same in one statement and one round trip: the most that one order at a time can be.
\set number random(1, 9000000000000000000)
WITH seat AS (
    UPDATE bench_ticket_types
    SET available_quantity = available_quantity - 1
    WHERE id = :ticket AND available_quantity >= 1
    RETURNING id, event_id, price_cents
)
INSERT INTO bench_orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method,
                          expires_at, ticket_codes, idempotency_key)
SELECT 'TM-' || :number::bigint, :buyer::uuid, event_id, id, 1, price_cents, 'credit_card',
       now() + interval '10 minutes', ARRAY['TK-' || :number::bigint], :number::text
FROM seat;
