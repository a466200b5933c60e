-- Every value on its way to the one destination, and whether its platform has acknowledged it.
SELECT data_code, due.stat_type, start_ms, value, status = 1
FROM delivery
JOIN destination_kind AS due USING (destination_no, item_no, kind)
JOIN outbox USING (item_no, kind, start_ms)
JOIN item USING (item_no)
