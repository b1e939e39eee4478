-- The first events of a fresh installation; nothing where there are events already.
WITH fresh AS (
    SELECT NOT EXISTS (SELECT FROM events WHERE status <> 'probe') AS yes
), listed (title, description, event_date, location) AS (VALUES
    ('山海演唱會 Mountain & Sea Live 2025', '一夜的搖滾 · One night of rock',
     timestamptz '2025-12-31 19:30+08', '台北小巨蛋 Taipei Arena'),
    ('跨年音樂節 New Year Festival 2027', '三個舞台，一個倒數 · Three stages, one countdown',
     timestamptz '2027-12-31 18:00+08', '高雄夢時代 Kaohsiung'),
    ('春季電競大賽 Spring Esports Finals 2027', '總決賽 · The grand final',
     timestamptz '2027-04-17 13:00+08', '台中洲際棒球場 Taichung')
), created AS (
    INSERT INTO events (title, description, event_date, location, status)
    SELECT listed.*, 'published' FROM listed, fresh WHERE fresh.yes
    RETURNING id, event_date
)
INSERT INTO ticket_types (event_id, ticket_type, price_cents, total_quantity, available_quantity)
SELECT created.id, kind.ticket_type, kind.price_cents, kind.seats, kind.seats
FROM created
JOIN (VALUES
    (timestamptz '2025-12-31 19:30+08', '搖滾區 Standing', 250000, 500),
    (timestamptz '2025-12-31 19:30+08', '看台 Grandstand', 180000, 2000),
    (timestamptz '2027-12-31 18:00+08', '單日票 Day ticket', 120000, 100000),
    (timestamptz '2027-12-31 18:00+08', 'VIP', 680000, 200),
    (timestamptz '2027-04-17 13:00+08', '對號座 Reserved', 90000, 3000)
) AS kind (event_date, ticket_type, price_cents, seats) USING (event_date);
