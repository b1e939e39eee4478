-- What PostgreSQL alone is measured on: the columns, checks and indexes of the two tables that an order touches, with
-- neither their triggers nor their foreign keys. So the baseline does less than a sale does, and is the faster for it.
CREATE TABLE bench_ticket_types (LIKE ticket_types INCLUDING ALL) WITH (fillfactor = 50);
CREATE TABLE bench_orders (LIKE orders INCLUDING ALL);
