-- Bring destinations, items and kinds that are new, or come back, up to the past that the ledger holds.
INSERT INTO delivery (destination_no, item_no, kind, start_ms)
SELECT destination_no, item_no, kind, start_ms
FROM destination_kind JOIN outbox USING (item_no, kind)
WHERE TRUE
ON CONFLICT (item_no, kind, start_ms, destination_no) DO NOTHING
