-- What the active destinations refused, by item and reason, the newest first.
SELECT destination_id, data_code, stat_type, COUNT(*), MIN(start_ms), MAX(start_ms), reason
FROM delivery
JOIN destination USING (destination_no)
JOIN destination_kind USING (item_no, kind, destination_no)
JOIN item USING (item_no)
WHERE status = 2 AND active
GROUP BY destination_id, data_code, stat_type, reason
ORDER BY MAX(start_ms) DESC
LIMIT :size
