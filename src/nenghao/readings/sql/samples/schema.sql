-- Register samples of meters and what is computed from them. Times are epoch milliseconds for samples, Beijing wall
-- time without zone for period starts; quantities are in the energy's base unit.

CREATE TABLE meter (
    id                INTEGER PRIMARY KEY,
    enterprise_id     INTEGER NOT NULL,
    energy_key        VARCHAR NOT NULL,
    unit              VARCHAR NOT NULL,
    interval_s        DOUBLE NOT NULL,
    multiplier        DOUBLE NOT NULL,
    modulus           DOUBLE,             -- NULL: not known
    max_rate_per_hour DOUBLE,             -- energy per hour; NULL: not limited
    installed_at_ms   BIGINT NOT NULL,
    removed_at_ms     BIGINT
);

CREATE TABLE meter_event (
    meter_id         INTEGER NOT NULL,
    at_ms            BIGINT NOT NULL,
    final_register   DOUBLE NOT NULL,
    initial_register DOUBLE NOT NULL,
    multiplier       DOUBLE               -- NULL: as before
);

-- Append-only, in order of arrival; of several rows of one (meter_id, ts_ms) the newest received is current.
CREATE TABLE sample (
    meter_id       INTEGER NOT NULL,
    ts_ms          BIGINT NOT NULL,
    register       DOUBLE NOT NULL,
    received_at_ms BIGINT NOT NULL
);

CREATE TABLE coal_equivalent_factor (
    energy_key    VARCHAR NOT NULL,
    valid_from    DATE NOT NULL,
    valid_until   DATE NOT NULL,          -- exclusive
    kgce_per_unit DOUBLE NOT NULL,
    factor_id     VARCHAR NOT NULL
);

CREATE TABLE interval_meter (
    meter_id     INTEGER NOT NULL,
    period_start TIMESTAMP NOT NULL,
    quantity     DOUBLE,                  -- NULL when missing
    state        UTINYINT NOT NULL        -- 0 measured, 1 estimated, 2 missing
);

CREATE TABLE interval_enterprise (
    enterprise_id   INTEGER NOT NULL,
    energy_key      VARCHAR NOT NULL,
    period_start    TIMESTAMP NOT NULL,
    quantity        DOUBLE,
    measured_ratio  DOUBLE NOT NULL,
    estimated_ratio DOUBLE NOT NULL,
    missing_ratio   DOUBLE NOT NULL
);

CREATE TABLE consumption_day (
    enterprise_id INTEGER NOT NULL,
    energy_key    VARCHAR NOT NULL,
    day           DATE NOT NULL,
    quantity      DOUBLE,
    tce           DOUBLE,                 -- NULL without a factor in force
    factor_id     VARCHAR
);
