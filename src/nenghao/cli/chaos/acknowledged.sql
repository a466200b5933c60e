-- Every value on its way, and whether the platform has acknowledged it.
SELECT data_code, stat_type, start_ms, value, status = 1 FROM outbox JOIN item USING (item_no)
