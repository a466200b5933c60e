CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT meter.enterprise_id, meter.energy_key, changed.period_start
FROM changed
JOIN meter ON meter.id = changed.meter_id
