-- What buyers may want to know of the ticket types of a published event before they try. Its beginning ends the sale.
-- $1 event
SELECT t.id, t.event_id, t.ticket_type, t.price_cents, t.total_quantity, t.available_quantity, t.created_at,
       t.max_per_order, t.max_per_buyer, t.sale_starts_at,
       least(t.sale_ends_at, e.event_date) AS sale_ends_at
FROM ticket_types t
JOIN events e ON e.id = t.event_id AND e.status = 'published'
WHERE t.event_id = $1
ORDER BY t.price_cents DESC, t.id
