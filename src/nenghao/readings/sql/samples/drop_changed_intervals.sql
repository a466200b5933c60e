DELETE FROM interval_meter AS stored
USING changed
WHERE stored.meter_id = changed.meter_id AND stored.period_start = changed.period_start
