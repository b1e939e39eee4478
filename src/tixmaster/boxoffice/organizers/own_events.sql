-- $1 organiser, $2 everybody's, $3 the most, $4 only events before this one
SELECT * FROM events
WHERE (organizer_id = $1 OR $2) AND status <> 'probe' AND id < $4
ORDER BY id DESC
LIMIT $3
