-- Bring the outbox up to the intervals of one kind in [from_ms, to_ms), for the items that meter_no feeds.
-- A row appears when every meter of the item that is in service has a value; a missing part keeps it away.
-- A changed value becomes a newer version and is sent again, an equal one is left alone. Recomputation over another
-- window may differ in the last bits of the double: that is no change.
INSERT INTO outbox (item_no, kind, start_ms, value, state)
SELECT part.item_no, :kind, interval.start_ms, SUM(part.sign * interval.value), MAX(interval.state)
FROM item_meter AS fed
JOIN item_meter AS part ON part.item_no = fed.item_no
JOIN item_kind ON item_kind.item_no = fed.item_no AND item_kind.kind = :kind
JOIN interval ON interval.meter_no = part.meter_no AND interval.kind = :kind
    AND interval.start_ms >= :from_ms AND interval.start_ms < :to_ms
WHERE fed.meter_no = :meter_no
GROUP BY part.item_no, interval.start_ms
HAVING MAX(interval.state) < 2 AND COUNT(*) = (
    SELECT COUNT(*) FROM item_meter AS due
    WHERE due.item_no = part.item_no AND due.installed_ms < interval.end_ms AND due.removed_ms > interval.start_ms
)
ON CONFLICT (item_no, kind, start_ms) DO UPDATE
SET value = excluded.value, state = excluded.state, version = version + 1
WHERE excluded.state <> state OR ABS(excluded.value - value) > 1e-9 * MAX(ABS(value), 1.0)
