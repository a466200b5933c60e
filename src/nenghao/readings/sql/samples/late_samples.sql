-- Samples of the meters that something late arrived for, in a window around it.
SELECT meter_id, ts_ms, register, received_at_ms
FROM sample
SEMI JOIN late_meter USING (meter_id)
WHERE ts_ms BETWEEN $from_ms AND $until_ms
