-- Lets a ticket in, once: of two gates that scan it at the same moment the second waits for the first here and finds it used.
-- No row: there is no such ticket, or it is not the caller's to check. The state is the one before this statement.
-- $1 code, $2 event and $3 ticket type on the ticket (NULL: only the code is known), $4 gate, $5 who, $6 an administrator, $7 the event of this gate or NULL
WITH shown AS (
    SELECT t.id, t.code, t.status, t.used_at, t.gate, o.order_number, o.event_id, e.title, e.status AS event_status, k.ticket_type
    FROM tickets t
    JOIN orders o ON o.id = t.order_id
    JOIN events e ON e.id = o.event_id
    JOIN ticket_types k ON k.id = o.ticket_id
    WHERE t.code = $1 AND o.event_id = coalesce($2, o.event_id) AND o.ticket_id = coalesce($3, o.ticket_id)
      AND (e.organizer_id = $5 OR $6)
), admitted AS (
    UPDATE tickets SET status = 'used', used_at = clock_timestamp(), gate = $4
    FROM shown
    WHERE tickets.id = shown.id AND tickets.status = 'valid' AND shown.event_status <> 'cancelled'
      AND shown.event_id = coalesce($7, shown.event_id)
    RETURNING tickets.id, tickets.used_at
), noted AS (
    INSERT INTO audit_log (actor, action, subject, subject_id, details)
    SELECT $5, 'ticket checked in', 'ticket', id, jsonb_build_object('gate', $4::text) FROM admitted
)
SELECT shown.*, admitted.used_at AS admitted_at FROM shown LEFT JOIN admitted USING (id)
