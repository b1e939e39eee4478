-- One transaction for each order, as an application writes it: take a seat if there is one, write the order, commit.
\set number random(1, 9000000000000000000)
BEGIN;
UPDATE bench_ticket_types SET available_quantity = available_quantity - 1 WHERE id = :ticket AND available_quantity >= 1;
INSERT INTO bench_orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method,
                          expires_at, ticket_codes, idempotency_key)
VALUES ('TM-' || :number::bigint, :buyer::uuid, :event, :ticket, 1, 250000, 'credit_card',
        now() + interval '10 minutes', ARRAY['TK-' || :number::bigint], :number::text);
COMMIT;
