-- The reading store, version 1. Times are Beijing wall time without zone; quantities are in the base unit of the energy.

CREATE TYPE period_kind AS ENUM ('hour', 'day', 'month', 'year');

-- Every upload, also those that kept nothing: the upload log.
CREATE TABLE batch (
    id               BIGINT NOT NULL,
    device_id        BIGINT,              -- NULL: the device could not be identified
    enterprise_id    BIGINT,              -- NULL: the enterprise could not be identified
    received_at      TIMESTAMP NOT NULL,
    source           VARCHAR NOT NULL,    -- 'upload', 'manual' …
    operation        VARCHAR NOT NULL,    -- the wire's operation, 'uploadEnergyData' …
    remote_address   VARCHAR NOT NULL,
    accepted         INTEGER NOT NULL,
    rejected         INTEGER NOT NULL,
    response_code    VARCHAR NOT NULL,
    response_message VARCHAR NOT NULL,
    size_bytes       BIGINT NOT NULL,
    duration_ms      DOUBLE NOT NULL,     -- from arrival of the request to hand-over to the writer
    author           VARCHAR NOT NULL,    -- who entered it by hand, else ''
    reason           VARCHAR NOT NULL,
    last_version     BIGINT NOT NULL      -- highest reading.version given out up to and with this batch
);

-- Append-only. Key: data_item_id, stat_type, period_start; of several rows of one key the highest version is current.
CREATE TABLE reading (
    data_item_id BIGINT NOT NULL,
    stat_type    UTINYINT NOT NULL,       -- 0 real-time, 1 day, 2 month, 3 year (statType of the wire)
    period_start TIMESTAMP NOT NULL,
    version      BIGINT NOT NULL,         -- rises over the whole store in order of commit
    value        DOUBLE,                  -- base unit; NULL when missing
    state        UTINYINT NOT NULL,       -- 0 measured, 1 estimated, 2 missing
    input_type   UTINYINT NOT NULL,       -- inputType of the wire
    batch_id     BIGINT NOT NULL          -- tells received_at, device, author and reason
);

CREATE TABLE rejection (
    batch_id   BIGINT NOT NULL,
    record_no  INTEGER NOT NULL,          -- place of the record in the upload, from 0
    data_code  VARCHAR NOT NULL,
    stat_type  VARCHAR NOT NULL,          -- as sent: what was rejected need not be well-formed
    stat_date  VARCHAR NOT NULL,
    code       VARCHAR NOT NULL,
    field      VARCHAR NOT NULL,
    message_zh VARCHAR NOT NULL,
    message_en VARCHAR NOT NULL,
    mend_zh    VARCHAR NOT NULL,
    mend_en    VARCHAR NOT NULL
);

-- What the rollups have not yet seen. Only appended to by the writer and only emptied by the rollups, so that the two
-- never conflict; the same cell may stand here several times.
CREATE TABLE dirty_cell (
    data_item_id BIGINT NOT NULL,
    day          DATE NOT NULL,
    version      BIGINT NOT NULL          -- highest reading.version of the group; 0 for a change of item or factor
);

-- What the rollups must know of a data item; the registry keeps the rest.
CREATE TABLE data_item (
    id               BIGINT NOT NULL,
    data_code        VARCHAR NOT NULL,
    enterprise_id    BIGINT NOT NULL,
    energy_key       VARCHAR NOT NULL,
    base_unit        VARCHAR NOT NULL,
    scope            UTINYINT NOT NULL,   -- 1 plant, 2 process, 3 unit, 4 equipment
    counts_in_total  BOOLEAN NOT NULL,    -- part of the enterprise's total (a sub-meter is not)
    realtime_minutes UTINYINT NOT NULL    -- length of its real-time periods: 15, 30 or 60
);

CREATE TABLE factor (
    factor_id     VARCHAR NOT NULL,
    energy_key    VARCHAR NOT NULL,
    valid_from    DATE NOT NULL,
    valid_until   DATE,                   -- exclusive; NULL: still in force
    kgce_per_unit DOUBLE NOT NULL         -- kgce per base unit
);

-- Pure functions of reading, data_item and factor. source_stat_type: which statistic type the quantity was taken from.
CREATE TABLE rollup_item (
    period_kind      period_kind NOT NULL,
    data_item_id     BIGINT NOT NULL,
    period_start     TIMESTAMP NOT NULL,
    quantity         DOUBLE,              -- base unit; NULL when nothing is known
    tce              DOUBLE,              -- NULL when nothing is known or no factor is in force
    measured_ratio   DOUBLE NOT NULL,     -- shares of the whole period's time; the three sum to 1
    estimated_ratio  DOUBLE NOT NULL,
    missing_ratio    DOUBLE NOT NULL,
    source_stat_type UTINYINT NOT NULL,
    factor_id        VARCHAR,             -- NULL: none, or several in the period
    enterprise_id    BIGINT NOT NULL,     -- the item's dimension at the time of the rollup
    energy_key       VARCHAR NOT NULL,
    counts_in_total  BOOLEAN NOT NULL
);

CREATE TABLE rollup_enterprise (
    period_kind     period_kind NOT NULL,
    enterprise_id   BIGINT NOT NULL,
    energy_key      VARCHAR NOT NULL,
    period_start    TIMESTAMP NOT NULL,
    quantity        DOUBLE,
    tce             DOUBLE,
    measured_ratio  DOUBLE NOT NULL,      -- mean over the items that have a cell in the period
    estimated_ratio DOUBLE NOT NULL,
    missing_ratio   DOUBLE NOT NULL,
    items           INTEGER NOT NULL,
    factor_id       VARCHAR
);

-- A part that is missing makes the whole incomplete; ratios are quotients, hence the tolerance.
CREATE MACRO cell_state(measured, missing) AS
    CASE WHEN missing > 1 - 1e-9 THEN 'missing'
         WHEN missing > 1e-9 THEN 'incomplete'
         WHEN measured > 1 - 1e-9 THEN 'measured'
         ELSE 'estimated' END;

CREATE MACRO days_in(kind, start) AS
    CASE CAST(kind AS VARCHAR)
         WHEN 'day' THEN 1
         WHEN 'month' THEN day(last_day(CAST(start AS DATE)))
         ELSE dayofyear(make_date(year(start), 12, 31)) END;
