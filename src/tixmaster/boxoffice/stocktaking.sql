SELECT count(*) FILTER (WHERE t.available_quantity > 0
                          AND (t.sale_starts_at IS NULL OR t.sale_starts_at <= now())
                          AND (t.sale_ends_at IS NULL OR t.sale_ends_at > now())) AS sales_open,
       (SELECT coalesce(extract(epoch FROM now() - min(expires_at)), 0)::float8 FROM orders
        WHERE status IN ('hold', 'pending') AND expires_at <= now()) AS oldest_expired_hold_seconds
FROM ticket_types t
JOIN events e ON e.id = t.event_id AND e.status = 'published' AND e.event_date > now()
