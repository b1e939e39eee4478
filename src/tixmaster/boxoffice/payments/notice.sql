-- Takes a webhook once. No row: it was taken before. $1 provider, $2 its id, $3 payment, $4 outcome, $5 take late ones, $6 why
WITH fresh AS (
    INSERT INTO payment_notices (provider, notice_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1
)
SELECT CASE $4
    WHEN 'succeeded' THEN settle_payment($3::uuid, $5)
    WHEN 'failed' THEN fail_payment($3::uuid, $6)
    ELSE 'open' END AS became
FROM fresh
