-- One statement, one round trip: the seats, the order and its tickets, or nothing.
-- The row of the ticket type is locked for as long as this runs; under contention its conditions are checked again.
-- $1 user, $2 event, $3 ticket type, $4 quantity, $5 is the buyer the probe, $6 number, $7 payment method, $8 codes
WITH seats AS (
    UPDATE ticket_types t
    SET available_quantity = t.available_quantity - $4
    FROM events e
    WHERE t.id = $3
      AND t.event_id = $2
      AND e.id = t.event_id
      AND e.status = CASE WHEN $5::boolean THEN 'probe' ELSE 'published' END
      AND t.available_quantity >= $4
      AND t.max_per_order >= $4
    RETURNING t.id, t.event_id, t.price_cents
), placed AS (
    INSERT INTO orders (order_number, user_id, event_id, ticket_id, quantity, total_cents, payment_method)
    SELECT $6, $1, seats.event_id, seats.id, $4, seats.price_cents * $4, $7 FROM seats
    RETURNING id, order_number, user_id, event_id, ticket_id, quantity, total_cents, status, payment_method,
              created_at, paid_at, expired_at
), items AS (
    INSERT INTO order_items (order_id, ticket_code)
    SELECT placed.id, code FROM placed, unnest($8::text[]) AS code
    RETURNING id, ticket_code, used_at
), tickets AS (
    SELECT array_agg(id ORDER BY id) AS item_ids,
           array_agg(ticket_code ORDER BY id) AS item_codes,
           array_agg(used_at ORDER BY id) AS item_used
    FROM items
)
SELECT placed.*, tickets.* FROM placed, tickets
