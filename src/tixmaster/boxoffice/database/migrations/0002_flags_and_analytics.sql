-- Switches of the storefront, and what visitors did.

CREATE TABLE feature_flags (
    key text PRIMARY KEY,
    enabled boolean NOT NULL,
    description text NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO feature_flags (key, enabled, description) VALUES
    ('ENABLE_CHECKOUT_TIMER', true, 'Show how long the seats of a checkout are still held'),
    ('ENABLE_VIEWING_COUNT', false, 'Show how many people look at an event');

CREATE TABLE analytics_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    properties jsonb NOT NULL DEFAULT '{}' CHECK (pg_column_size(properties) <= 8192),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX analytics_events_by_time ON analytics_events (created_at DESC);
