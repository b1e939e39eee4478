-- $1 event, $2 who, $3 name, $4 cents, $5 seats, $6 most an order, $7 most a buyer, $8 $9 when it is sold
WITH created AS (
    INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity, max_per_order,
                              max_per_buyer, sale_starts_at, sale_ends_at)
    VALUES ($1, $3, $4, $5, $5, $6, $7, $8, $9)
    ON CONFLICT (event_id, ticket_type) DO NOTHING
    RETURNING *
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $2, 'ticket type created', 'ticket type', id, to_jsonb(created) FROM created
)
SELECT * FROM created
