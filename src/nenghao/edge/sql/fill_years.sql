-- The years of one meter from its months, where every month in which it was in service has a value.
INSERT OR REPLACE INTO interval (meter_no, kind, start_ms, end_ms, value, state)
SELECT :meter_no, 4, :start_ms, :end_ms, SUM(value), MAX(state)
FROM interval
WHERE meter_no = :meter_no AND kind = 3 AND start_ms >= :start_ms AND start_ms < :end_ms
GROUP BY meter_no
HAVING COUNT(value) = :months
