INSERT INTO interval_meter
SELECT meter_id, period_start, quantity, state FROM changed
