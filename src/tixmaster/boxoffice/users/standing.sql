-- What an account may do now; no row where its token or session has ended. $1 account, $2 version of the token, $3 session or NULL
SELECT role FROM users
WHERE id = $1 AND token_version = $2 AND NOT EXISTS (SELECT FROM ended_sessions WHERE id = $3)
