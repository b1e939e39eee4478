-- What the synthetic shopper of on-call buys and gives back: neither listed, nor sold to others, nor counted.
WITH event AS (
    INSERT INTO events (title, event_date, status)
    VALUES ('Synthetic checkout', '9999-01-01Z', 'probe')
    ON CONFLICT DO NOTHING
    RETURNING id
)
INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity)
SELECT id, 'Probe', 100, 1000, 1000 FROM event;
