-- Events of which a ticket type has no limit per buyer. $1 event ids
SELECT DISTINCT event_id FROM ticket_types WHERE event_id = ANY ($1) AND max_per_buyer IS NULL
