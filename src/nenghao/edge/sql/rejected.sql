-- What the active destinations refused, the newest first.
SELECT destination_id, data_code, stat_type, refused.start_ms, outbox.value, refused.reason
FROM delivery AS refused
JOIN destination USING (destination_no)
JOIN destination_kind USING (item_no, kind, destination_no)
JOIN outbox USING (item_no, kind, start_ms)
JOIN item USING (item_no)
WHERE refused.status = 2 AND destination.active
ORDER BY refused.start_ms DESC
LIMIT :size
