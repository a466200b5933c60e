-- Ledgers of schema 1 knew one platform: its state becomes that of a destination without a name, which the
-- configuration's first destination takes over. item_kind tells which kind the real-time rows were.
ALTER TABLE outbox RENAME TO outbox_1;
ALTER TABLE item_kind RENAME TO item_kind_1;
DROP INDEX IF EXISTS outbox_pending;
DROP INDEX IF EXISTS outbox_rejected;
