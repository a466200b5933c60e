-- The edge's ledger. Instants are epoch milliseconds; energy is in the energy type's base unit.
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS meter (meter_no INTEGER PRIMARY KEY, meter_id TEXT NOT NULL UNIQUE);

CREATE TABLE IF NOT EXISTS item (item_no INTEGER PRIMARY KEY, data_code TEXT NOT NULL UNIQUE);

-- Rebuilt from the configuration at every start: which meters make an item, with which sign, from when to when.
CREATE TABLE IF NOT EXISTS item_meter (
    item_no INTEGER NOT NULL, meter_no INTEGER NOT NULL, sign INTEGER NOT NULL,
    installed_ms INTEGER NOT NULL, removed_ms INTEGER NOT NULL, PRIMARY KEY (item_no, meter_no)
) WITHOUT ROWID;

-- Rebuilt likewise: which interval kind feeds which statistic type of an item.
CREATE TABLE IF NOT EXISTS item_kind (
    item_no INTEGER NOT NULL, kind INTEGER NOT NULL, stat_type INTEGER NOT NULL, PRIMARY KEY (item_no, kind)
) WITHOUT ROWID;

-- Raw registers; the newest received version of an instant wins. Samples of different segments do not continue.
CREATE TABLE IF NOT EXISTS sample (
    meter_no INTEGER NOT NULL, ts_ms INTEGER NOT NULL, received_at_ms INTEGER NOT NULL,
    register REAL NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (meter_no, ts_ms, received_at_ms)
) WITHOUT ROWID;

-- kind: 0 15 min, 1 hour, 2 day, 3 month. state: 0 measured, 1 estimated, 2 missing (value null).
CREATE TABLE IF NOT EXISTS interval (
    meter_no INTEGER NOT NULL, kind INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    value REAL, state INTEGER NOT NULL, PRIMARY KEY (meter_no, kind, start_ms)
) WITHOUT ROWID;

-- One row per value to send. status: 0 pending, 1 acknowledged, 2 rejected. sent_version: the last one answered.
CREATE TABLE IF NOT EXISTS outbox (
    item_no INTEGER NOT NULL, stat_type INTEGER NOT NULL, start_ms INTEGER NOT NULL,
    value REAL NOT NULL, state INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
    status INTEGER NOT NULL DEFAULT 0, sent_version INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (item_no, stat_type, start_ms)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS outbox_pending ON outbox (start_ms) WHERE status = 0;
CREATE INDEX IF NOT EXISTS outbox_rejected ON outbox (start_ms) WHERE status = 2;

CREATE TABLE IF NOT EXISTS source (
    meter_no INTEGER PRIMARY KEY, cursor TEXT NOT NULL, rows_read INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE IF NOT EXISTS problem (
    problem_no INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, place TEXT NOT NULL,
    message_zh TEXT NOT NULL, message_en TEXT NOT NULL
);

-- What the interval engine found in the registers (a reset, a rejected sample); each is kept once.
CREATE TABLE IF NOT EXISTS finding (
    place TEXT NOT NULL, code TEXT NOT NULL, evidence TEXT NOT NULL, at_ms INTEGER NOT NULL,
    message_zh TEXT NOT NULL, message_en TEXT NOT NULL, PRIMARY KEY (place, code, evidence)
) WITHOUT ROWID;
