-- What a destination is to get next, among what is due: a row of a day, month or year waits for the slot after its end.
SELECT item.data_code, due.stat_type, waiting.start_ms, outbox.value, outbox.state, outbox.version,
       waiting.version AS sent_version, waiting.item_no, waiting.kind
FROM delivery AS waiting
JOIN destination_kind AS due USING (item_no, kind, destination_no)  -- what was taken out is not sent
JOIN outbox USING (item_no, kind, start_ms)
JOIN item USING (item_no)
WHERE waiting.status = 0 AND waiting.destination_no = :destination_no
    AND waiting.start_ms < CASE waiting.kind WHEN 3 THEN :month_ms WHEN 4 THEN :year_ms ELSE :day_ms END
ORDER BY (waiting.start_ms + 28800000) / 86400000 {direction}, waiting.start_ms
LIMIT :size
