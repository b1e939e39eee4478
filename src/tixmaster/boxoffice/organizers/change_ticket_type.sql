-- What is NULL stays, and what may be NULL stays unless it is given. With the total the stock moves by the same number of
-- seats; where that would leave fewer than none, ticket_types_stock refuses.
-- $1 ticket type, $2 who, $3 name, $4 cents, $5 seats, $6 most an order, then in pairs whether it is given, and the value:
-- $7 $8 most a buyer, $9 $10 start of the sale, $11 $12 its end
WITH was AS (
    SELECT * FROM ticket_types WHERE id = $1 FOR NO KEY UPDATE
), changed AS (
    UPDATE ticket_types t
    SET ticket_type = coalesce($3, t.ticket_type),
        price_cents = coalesce($4, t.price_cents),
        total_quantity = coalesce($5, t.total_quantity),
        available_quantity = t.available_quantity + coalesce($5, t.total_quantity) - t.total_quantity,
        max_per_order = coalesce($6, t.max_per_order),
        max_per_buyer = CASE WHEN $7 THEN $8 ELSE t.max_per_buyer END,
        sale_starts_at = CASE WHEN $9 THEN $10 ELSE t.sale_starts_at END,
        sale_ends_at = CASE WHEN $11 THEN $12 ELSE t.sale_ends_at END
    FROM was WHERE t.id = was.id
    RETURNING t.*, differences(to_jsonb(was), to_jsonb(t)) AS differences
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $2, 'ticket type changed', 'ticket type', id, differences FROM changed WHERE differences IS NOT NULL
)
SELECT * FROM changed
