-- Every value on its way to every destination, and whether that platform has acknowledged its newest version.
SELECT data_code, destination_kind.stat_type, start_ms, outbox.value,
       delivery.status = 1 AND delivery.version = outbox.version
FROM outbox
JOIN item USING (item_no)
JOIN destination_kind USING (item_no, kind)
LEFT JOIN delivery USING (destination_no, item_no, kind, start_ms)
