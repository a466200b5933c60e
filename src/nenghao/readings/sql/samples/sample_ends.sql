SELECT meter_id, min(ts_ms) AS first_ms, max(ts_ms) AS last_ms
FROM sample
SEMI JOIN late_meter USING (meter_id)
GROUP BY meter_id
