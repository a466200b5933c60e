SELECT item.data_code, outbox.stat_type, outbox.start_ms, outbox.value, outbox.state, outbox.version,
       outbox.sent_version, outbox.item_no
FROM outbox JOIN item USING (item_no)
WHERE status = 0
ORDER BY start_ms {direction}
LIMIT :size
