-- One value that a destination has acknowledged in its newest version.
SELECT item.data_code, due.stat_type, taken.start_ms, outbox.value, outbox.state, outbox.version,
       taken.version AS sent_version, taken.item_no, taken.kind
FROM delivery AS taken
JOIN destination_kind AS due USING (item_no, kind, destination_no)
JOIN outbox USING (item_no, kind, start_ms)
JOIN item USING (item_no)
WHERE taken.status = 1 AND taken.destination_no = :destination_no AND taken.version = outbox.version
LIMIT 1
