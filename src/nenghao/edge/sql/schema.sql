-- The edge's ledger. Instants are epoch milliseconds; energy is in the energy type's base unit.
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS meter (meter_no INTEGER PRIMARY KEY, meter_id TEXT NOT NULL UNIQUE);

CREATE TABLE IF NOT EXISTS item (item_no INTEGER PRIMARY KEY, data_code TEXT NOT NULL UNIQUE);

-- Rebuilt from the configuration at every start: which meters make an item, with which sign, from when to when.
CREATE TABLE IF NOT EXISTS item_meter (
    item_no INTEGER NOT NULL, meter_no INTEGER NOT NULL, sign INTEGER NOT NULL,
    installed_ms INTEGER NOT NULL, removed_ms INTEGER NOT NULL, PRIMARY KEY (item_no, meter_no)
) WITHOUT ROWID;

-- Rebuilt likewise: which interval kinds of an item some destination wants.
CREATE TABLE IF NOT EXISTS item_kind (
    item_no INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY (item_no, kind)
) WITHOUT ROWID;

-- Raw registers; the newest received version of an instant wins. Samples of different segments do not continue.
CREATE TABLE IF NOT EXISTS sample (
    meter_no INTEGER NOT NULL, ts_ms INTEGER NOT NULL, received_at_ms INTEGER NOT NULL,
    register REAL NOT NULL, segment INTEGER NOT NULL, PRIMARY KEY (meter_no, ts_ms, received_at_ms)
) WITHOUT ROWID;

-- kind: 0 15 min, 1 hour, 2 day, 3 month, 4 year. state: 0 measured, 1 estimated, 2 missing (value null).
CREATE TABLE IF NOT EXISTS interval (
    meter_no INTEGER NOT NULL, kind INTEGER NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    value REAL, state INTEGER NOT NULL, PRIMARY KEY (meter_no, kind, start_ms)
) WITHOUT ROWID;

-- One row per value that an item has; a changed value is a newer version.
CREATE TABLE IF NOT EXISTS outbox (
    item_no INTEGER NOT NULL, kind INTEGER NOT NULL, start_ms INTEGER NOT NULL,
    value REAL NOT NULL, state INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (item_no, kind, start_ms)
) WITHOUT ROWID;

-- The platforms that were ever uploaded to. One that is no longer configured is not active: what it has stands still.
CREATE TABLE IF NOT EXISTS destination (
    destination_no INTEGER PRIMARY KEY, destination_id TEXT NOT NULL UNIQUE, active INTEGER NOT NULL
);

-- Its words: device, keys, addresses, versions, counters.
CREATE TABLE IF NOT EXISTS destination_word (
    destination_no INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (destination_no, key)
) WITHOUT ROWID;

-- Rebuilt from the configuration at every start: what each active destination gets, as which statistic type.
CREATE TABLE IF NOT EXISTS destination_kind (
    destination_no INTEGER NOT NULL, item_no INTEGER NOT NULL, kind INTEGER NOT NULL, stat_type INTEGER NOT NULL,
    PRIMARY KEY (item_no, kind, destination_no)
) WITHOUT ROWID;

-- What became of each value at each destination. status: 0 pending, 1 acknowledged, 2 rejected (reason).
-- version: the last one that the platform answered, 0 for none. The triggers keep it in step with the outbox.
CREATE TABLE IF NOT EXISTS delivery (
    destination_no INTEGER NOT NULL, item_no INTEGER NOT NULL, kind INTEGER NOT NULL, start_ms INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (item_no, kind, start_ms, destination_no)
) WITHOUT ROWID;
-- By Beijing day, the newest first; within the day in order.
CREATE INDEX IF NOT EXISTS delivery_pending
    ON delivery (destination_no, (start_ms + 28800000) / 86400000 DESC, start_ms) WHERE status = 0;
CREATE INDEX IF NOT EXISTS delivery_rejected ON delivery (destination_no, start_ms) WHERE status = 2;

CREATE TRIGGER IF NOT EXISTS outbox_new AFTER INSERT ON outbox BEGIN
    INSERT OR IGNORE INTO delivery (destination_no, item_no, kind, start_ms)
    SELECT destination_no, new.item_no, new.kind, new.start_ms
    FROM destination_kind WHERE item_no = new.item_no AND kind = new.kind;
END;
CREATE TRIGGER IF NOT EXISTS outbox_changed AFTER UPDATE OF version ON outbox BEGIN
    UPDATE delivery SET status = 0, reason = ''
    WHERE item_no = new.item_no AND kind = new.kind AND start_ms = new.start_ms;
END;
CREATE TRIGGER IF NOT EXISTS outbox_gone AFTER DELETE ON outbox BEGIN
    DELETE FROM delivery WHERE item_no = old.item_no AND kind = old.kind AND start_ms = old.start_ms;
END;

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

INSERT OR REPLACE INTO meta VALUES ('schema', '2');
