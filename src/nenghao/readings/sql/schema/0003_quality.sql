-- Version 3: what the checks of data quality found. Pure functions of readings, data items, rule sets and confirmations;
-- written by the checks alone, replaced cell by cell (item, statistic type, period).

-- How far the start that was sent lay from the period's own, where it was within the tolerance of the intake; NULL: exact.
ALTER TABLE reading ADD COLUMN start_offset_s INTEGER;
ALTER TABLE batch ADD COLUMN method VARCHAR;        -- of a correction: 'manual', 'linear', 'weekday-profile' …
ALTER TABLE batch ADD COLUMN approved_by VARCHAR;   -- the second person

-- Who must be looked at because something of it arrived; appended by the writer, emptied by the checks.
CREATE TABLE unchecked_cell (
    data_item_id BIGINT NOT NULL,
    day          DATE NOT NULL,
    version      BIGINT NOT NULL
);

-- One row per item, statistic type and day: a real-time series has its slots of the day, a day record one slot, a month
-- record one slot on the first of its month. good + unknown + suspect + fail + missing = due.
CREATE TABLE quality_count (
    data_item_id  BIGINT NOT NULL,
    stat_type     UTINYINT NOT NULL,
    day           DATE NOT NULL,
    enterprise_id BIGINT NOT NULL,
    due           SMALLINT NOT NULL,
    received      SMALLINT NOT NULL,      -- with a value, whenever it came and whoever entered it
    on_time       SMALLINT NOT NULL,      -- sent by a gateway within the rule set's term
    estimated     SMALLINT NOT NULL,
    by_hand       SMALLINT NOT NULL,
    good          SMALLINT NOT NULL,
    unknown       SMALLINT NOT NULL,
    suspect       SMALLINT NOT NULL,
    fail          SMALLINT NOT NULL,
    missing       SMALLINT NOT NULL,
    meter_valid   BOOLEAN                 -- its meter was inside a valid verification; NULL: no meter known
);

-- One row per run of slots that one check did not find good. data_item_id 0: of the enterprise as a whole.
CREATE TABLE quality_finding (
    enterprise_id BIGINT NOT NULL,
    data_item_id  BIGINT NOT NULL,
    stat_type     UTINYINT NOT NULL,
    period_start  TIMESTAMP NOT NULL,     -- of the first slot
    period_end    TIMESTAMP NOT NULL,     -- exclusive
    slots         INTEGER NOT NULL,
    check_code    VARCHAR NOT NULL,
    flag          UTINYINT NOT NULL,      -- 2 unknown, 3 suspect, 4 fail, 9 missing
    value         DOUBLE,                 -- the statistic of the worst slot
    limit_value   DOUBLE,                 -- what it was held against
    other_item_id BIGINT,                 -- the second series of a comparison
    energy_key    VARCHAR,
    rule_version  VARCHAR NOT NULL,       -- the rule set and its version
    checked_at    TIMESTAMP NOT NULL
);
