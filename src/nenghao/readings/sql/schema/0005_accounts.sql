-- Version 5: month accounts (能耗核算). Pure functions of rollup_item, ledgers, stated rules and rates, replaced by
-- (enterprise, month); what they rest on is marked stale with the change, and only that is computed again.

-- Whose account of a month must be computed again because its readings changed; appended by the rollups in the
-- transaction that changes the cells, emptied by who stores the account.
CREATE TABLE account_stale (
    enterprise_id BIGINT NOT NULL,
    month         DATE NOT NULL,
    version       BIGINT NOT NULL         -- from the sequence: always rises
);
CREATE SEQUENCE account_stale_version;
CREATE SEQUENCE account_mark;

-- What happened to an energy, by part of the plant ('' = the whole boundary).
CREATE TABLE account_line (
    enterprise_id  BIGINT NOT NULL,
    month          DATE NOT NULL,
    unit_code      VARCHAR NOT NULL,
    energy_key     VARCHAR NOT NULL,
    flow           VARCHAR NOT NULL,
    quantity       DOUBLE,                -- base unit; NULL: nothing is known
    tce_calorific  DOUBLE,                -- NULL: no quantity or no factor
    tce_equivalent DOUBLE,
    factor_id      VARCHAR NOT NULL,      -- '' without a factor
    status         VARCHAR NOT NULL,      -- of the factor: published, secondhand, unverified; '' without one
    measured_ratio DOUBLE NOT NULL,
    missing_ratio  DOUBLE NOT NULL,
    sources        VARCHAR NOT NULL       -- 'reading:<data code>;ledger:<kind>;rule:<name>'
);

-- The net of an energy: what counts of it.
CREATE TABLE account_energy (
    enterprise_id   BIGINT NOT NULL,
    month           DATE NOT NULL,
    energy_key      VARCHAR NOT NULL,
    consumption     DOUBLE,               -- consumed inside the boundary, base unit
    net             DOUBLE,               -- what counts in the total, base unit
    method          VARCHAR NOT NULL,     -- which lines the net was taken from
    kgce_calorific  DOUBLE,               -- per base unit
    kgce_equivalent DOUBLE,
    tce_calorific   DOUBLE,
    tce_equivalent  DOUBLE,
    factor_id       VARCHAR NOT NULL,
    status          VARCHAR NOT NULL,
    imbalance       DOUBLE,               -- base unit; NULL: one side is not known
    imbalance_ratio DOUBLE,
    measured_ratio  DOUBLE NOT NULL,
    missing_ratio   DOUBLE NOT NULL,
    marks           USMALLINT NOT NULL    -- nenghao.accounting.rules.Mark: what the account notes
);

CREATE TABLE account_month (
    enterprise_id   BIGINT NOT NULL,
    month           DATE NOT NULL,
    tce_calorific   DOUBLE,               -- NULL: nothing is known
    tce_equivalent  DOUBLE,               -- NULL: an equivalent value is not stated
    measured_ratio  DOUBLE NOT NULL,
    missing_ratio   DOUBLE NOT NULL,
    is_complete     BOOLEAN NOT NULL,     -- no quantity and no factor was lacking
    is_unverified   BOOLEAN NOT NULL,
    imbalance_ratio DOUBLE,               -- all imbalances against all sides, in tce; NULL: none can be checked
    findings        INTEGER NOT NULL,
    mark            BIGINT NOT NULL,      -- rises when the content changes, and only then
    computed_at     TIMESTAMP NOT NULL    -- when the content last changed
);

-- By which reference data the stored accounts were made: of an energy whose factors differ, they are computed again.
CREATE TABLE account_reference (energy_key VARCHAR NOT NULL, digest VARCHAR NOT NULL);

-- What is here already was never accounted for.
INSERT INTO account_stale
SELECT enterprise_id, month, nextval('account_stale_version')
FROM (
    SELECT DISTINCT enterprise_id, CAST(period_start AS DATE) AS month FROM rollup_item
    WHERE period_kind = 'month' AND energy_key <> ''
);
