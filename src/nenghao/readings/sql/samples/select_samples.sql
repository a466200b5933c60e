-- No order asked for: the newest version of a sample is told by its time of receipt.
SELECT meter_id, ts_ms, register, received_at_ms
FROM sample
WHERE ts_ms BETWEEN $from_ms AND $until_ms
