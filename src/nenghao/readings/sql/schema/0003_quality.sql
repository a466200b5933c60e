-- Version 3: what the checks of data quality found. Pure functions of readings, data items, rule sets and confirmations;
-- written by the checks alone, replaced cell by cell (item, statistic type, period).

-- How far the start that was sent lay from the period's own, where it was within the tolerance of the intake; NULL: exact.
ALTER TABLE reading ADD COLUMN start_offset_s INTEGER;
ALTER TABLE batch ADD COLUMN method VARCHAR;        -- of a correction: 'manual', 'linear', 'weekday-profile' …
ALTER TABLE batch ADD COLUMN approved_by VARCHAR;   -- the second person

-- What the checks must know of a data item.
ALTER TABLE data_item ADD COLUMN stat_types VARCHAR DEFAULT '01';          -- statistic types that must be sent, digits
ALTER TABLE data_item ADD COLUMN value_min DOUBLE;                         -- bounds of one value in the base unit …
ALTER TABLE data_item ADD COLUMN value_max DOUBLE;                         -- … NULL: none
ALTER TABLE data_item ADD COLUMN may_be_negative BOOLEAN DEFAULT FALSE;
ALTER TABLE data_item ADD COLUMN active BOOLEAN DEFAULT TRUE;              -- nothing is due of one that is switched off

-- Who must be looked at because something of it arrived; appended by the writer, emptied by the checks.
CREATE TABLE unchecked_cell (
    data_item_id BIGINT NOT NULL,
    stat_type    UTINYINT NOT NULL,
    day          DATE NOT NULL,
    version      BIGINT NOT NULL
);

-- The marks as blocks of an enterprise (a day of real-time slots, a month of day records, a year of month records), with
-- the later blocks that look back on them; a check removes a block in the transaction that stores what it found.
CREATE TABLE unchecked_block (
    enterprise_id BIGINT NOT NULL,
    stat_type     UTINYINT NOT NULL,
    start         DATE NOT NULL,
    version       BIGINT NOT NULL         -- from the sequence: always rises
);
CREATE SEQUENCE unchecked_version;

-- Since when something is due of an item, and until when its days were looked at; kept by the checks from the marks.
CREATE TABLE quality_span (
    data_item_id BIGINT NOT NULL,
    first_day    DATE,                    -- of its first real-time or day reading
    last_day     DATE,                    -- every day from first_day to this one was looked at, or is marked
    first_realtime DATE,                  -- of its first real-time reading: an item may begin with day records alone
    first_month  DATE                     -- of its first month or year record
);

-- One row per item, statistic type and day: a real-time series has its slots of the day, a day record one slot, a month
-- record one slot on the first of its month. good + unknown + suspect + fail + missing = due. No row: nothing due, no value.
CREATE TABLE quality_count (
    data_item_id  BIGINT NOT NULL,
    stat_type     UTINYINT NOT NULL,
    day           DATE NOT NULL,
    enterprise_id BIGINT NOT NULL,
    slots         SMALLINT NOT NULL,      -- periods in the cell, due or not: 24, 48 or 96; 1 for a record
    known         SMALLINT NOT NULL,      -- of them with a value, due or not
    value_sum     DOUBLE,                 -- sum of the known values in the base unit; NULL: none
    due           SMALLINT NOT NULL,
    received      SMALLINT NOT NULL,      -- due and with a value, whenever it came and whoever entered it
    on_time       SMALLINT NOT NULL,      -- due and sent by a gateway within the rule set's term
    aligned       SMALLINT NOT NULL,      -- received, and its sent start within the rule set's tolerance
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
    is_comparison BOOLEAN NOT NULL,       -- of series with each other (replaced by enterprise), not of one series alone
    rule_version  VARCHAR NOT NULL,       -- the rule set and its version
    checked_at    TIMESTAMP NOT NULL
);

-- What is here already was never looked at.
INSERT INTO unchecked_cell
SELECT DISTINCT data_item_id, stat_type, CAST(period_start AS DATE), 0 FROM reading;

-- What is known of an item's days: the day record where there is one with a value, else the complete sum of its
-- real-time slots; quantity NULL where neither is. is_due: something of the day was due.
CREATE MACRO item_days(first, until, enterprises) AS TABLE
    SELECT data_item_id, any_value(enterprise_id) AS enterprise_id, day, bool_or(due > 0) AS is_due,
        coalesce(
            any_value(value_sum) FILTER (stat_type = 1),
            any_value(value_sum) FILTER (stat_type = 0 AND known = slots)
        ) AS quantity
    FROM quality_count
    WHERE stat_type < 2 AND day >= first AND day < until AND enterprise_id IN (SELECT unnest(enterprises))
    GROUP BY data_item_id, day;

-- Whole months inside the range of which both the month record and every day of an item are known.
CREATE MACRO item_months(first, until, enterprises, limit_ratio) AS TABLE
    WITH record AS (
        SELECT data_item_id, enterprise_id, day AS month, value_sum AS record_value
        FROM quality_count
        WHERE stat_type = 2 AND day >= first AND last_day(day) < until AND value_sum IS NOT NULL
            AND enterprise_id IN (SELECT unnest(enterprises))
    ),
    days AS (
        SELECT data_item_id, date_trunc('month', day)::DATE AS month, sum(quantity) AS days_value,
            count(quantity) AS known_days
        FROM item_days(first, until, enterprises)
        WHERE data_item_id IN (SELECT data_item_id FROM record)
        GROUP BY ALL
    )
    SELECT record.*, days.days_value,
        abs(days.days_value - record.record_value) <= limit_ratio * abs(record.record_value) AS consistent
    FROM record
    JOIN days USING (data_item_id, month)
    WHERE days.known_days = day(last_day(record.month));

-- By enterprise, energy and day: the plant's items that count in the total, and the processes' items, each only where
-- every one of them that is due is known.
CREATE MACRO scope_days(first, until, enterprises) AS TABLE
    WITH day AS (
        SELECT days.enterprise_id, item.energy_key, days.day, item.scope = 1 AS is_plant, days.quantity, days.is_due
        FROM item_days(first, until, enterprises) AS days
        JOIN data_item AS item ON item.id = days.data_item_id
        WHERE item.energy_key <> '' AND (item.scope = 2 OR (item.scope = 1 AND item.counts_in_total))
    ),
    sums AS (
        SELECT enterprise_id, energy_key, day,
            sum(quantity) FILTER (is_plant) AS plant_quantity, sum(quantity) FILTER (NOT is_plant) AS process_quantity,
            coalesce(bool_and(quantity IS NOT NULL) FILTER (is_plant AND is_due), TRUE) AS plant_known,
            coalesce(bool_and(quantity IS NOT NULL) FILTER (NOT is_plant AND is_due), TRUE) AS process_known
        FROM day
        GROUP BY enterprise_id, energy_key, day
    )
    SELECT sums.enterprise_id, sums.energy_key, sums.day, plant_quantity, process_quantity,
        CASE WHEN plant_known AND process_known THEN plant_quantity * factor.kgce_per_unit / 1000 END AS plant_tce,
        CASE WHEN plant_known AND process_known THEN process_quantity * factor.kgce_per_unit / 1000 END AS process_tce
    FROM sums
    JOIN factor ON factor.energy_key = sums.energy_key AND sums.day >= factor.valid_from
        AND (factor.valid_until IS NULL OR sums.day < factor.valid_until)
    WHERE plant_quantity IS NOT NULL AND process_quantity IS NOT NULL;
