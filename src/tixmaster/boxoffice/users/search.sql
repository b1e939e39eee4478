-- Accounts whose name or address holds the text, the newest first. $1 text, $2 the most
SELECT * FROM users
WHERE position(lower($1) IN lower(email)) > 0 OR position(lower($1) IN lower(name)) > 0
ORDER BY created_at DESC
LIMIT $2
