-- Attempts to give an account's password, from one address, that failed or are being checked (users/throttle.py). Counted
-- here, because several processes may serve one database, and a counter in each would multiply the limit. A crash of
-- PostgreSQL empties the table, and nothing more is lost than a few minutes' counts: no WAL for it.
CREATE UNLOGGED TABLE password_attempts (
    -- SHA-256 of account and address: nobody's address is stored.
    subject bytea PRIMARY KEY,
    attempts integer NOT NULL CHECK (attempts >= 0),
    ends_at timestamptz NOT NULL
);
CREATE INDEX password_attempts_by_end ON password_attempts (ends_at);
