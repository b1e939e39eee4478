-- How the ticket types of an event sell, from one snapshot. Held is what is neither in stock nor sold: the triggers keep it so,
-- and the reconciliation proves it. $1 event
SELECT t.*, t.total_quantity - t.available_quantity - o.sold AS held, o.sold, o.revenue_cents, o.refunded, o.refunded_cents,
       i.checked_in
FROM ticket_types t,
     LATERAL (SELECT coalesce(sum(quantity) FILTER (WHERE status = 'paid'), 0)::integer AS sold,
                     coalesce(sum(total_cents) FILTER (WHERE status = 'paid'), 0)::bigint AS revenue_cents,
                     coalesce(sum(quantity) FILTER (WHERE status = 'refunded'), 0)::bigint AS refunded,
                     coalesce(sum(total_cents) FILTER (WHERE status = 'refunded'), 0)::bigint AS refunded_cents
              FROM orders
              WHERE event_id = $1 AND ticket_id = t.id AND status IN ('paid', 'refunded')) o,
     LATERAL (SELECT count(*) AS checked_in
              FROM orders JOIN tickets ON tickets.order_id = orders.id AND tickets.status = 'used'
              WHERE orders.event_id = $1 AND orders.ticket_id = t.id AND orders.status = 'paid') i
WHERE t.event_id = $1
ORDER BY t.id
