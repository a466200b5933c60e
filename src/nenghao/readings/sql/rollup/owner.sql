-- Made with its columns for the reason told in fresh.sql.
CREATE OR REPLACE TEMP TABLE owner (
    enterprise_id BIGINT,
    energy_key    VARCHAR,
    day           DATE
);
