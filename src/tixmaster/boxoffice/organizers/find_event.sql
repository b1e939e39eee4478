-- The probe event is nobody's.
SELECT * FROM events WHERE id = $1 AND status <> 'probe'
