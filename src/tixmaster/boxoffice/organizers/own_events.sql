-- $1 organiser, $2 everybody's, $3 the most
SELECT * FROM events
WHERE (organizer_id = $1 OR $2) AND status <> 'probe'
ORDER BY id DESC
LIMIT $3
