-- The first events of a fresh installation, dated from its first start, so that there is something to sell on any day.
-- Nothing where there are events already. Times are those of Taipei.
WITH fresh AS (
    SELECT (now() AT TIME ZONE interval '8 hours')::date AS today
    WHERE NOT EXISTS (SELECT FROM events WHERE status <> 'probe')
), listed (title, description, days, at, location) AS (VALUES
    ('山海演唱會 Mountain & Sea Live', '一夜的搖滾 · One night of rock', 60, time '19:30', '台北小巨蛋 Taipei Arena'),
    ('電競大賽 Esports Finals', '總決賽 · The grand final', 150, time '13:00', '台中洲際棒球場 Taichung'),
    ('河岸音樂節 Riverside Festival', '三個舞台 · Three stages', 330, time '18:00', '高雄夢時代 Kaohsiung')
), created AS (
    INSERT INTO events (title, description, event_date, location, status)
    SELECT title, description, (today + days + at) AT TIME ZONE interval '8 hours', location, 'published' FROM listed, fresh
    RETURNING id, title
)
-- The day ticket has no limit per buyer: the few accounts of the load generator (`tix traffic`, drills) buy it all day.
INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity, max_per_order, max_per_buyer)
SELECT created.id, kind.ticket_type, kind.price_cents, kind.seats, kind.seats, 4, kind.per_buyer
FROM created
JOIN (VALUES
    ('山海演唱會 Mountain & Sea Live', '搖滾區 Standing', 250000, 500, 8),
    ('山海演唱會 Mountain & Sea Live', '看台 Grandstand', 180000, 2000, 8),
    ('電競大賽 Esports Finals', '對號座 Reserved', 90000, 3000, 8),
    ('河岸音樂節 Riverside Festival', '單日票 Day ticket', 120000, 100000, NULL),
    ('河岸音樂節 Riverside Festival', 'VIP', 680000, 200, 8)
) AS kind (title, ticket_type, price_cents, seats, per_buyer) USING (title);
