-- Only what came out differently: the rest of a touched range is as it was. An hour that nobody has stored yet and of
-- which nothing is known has not begun: it is left out.
CREATE OR REPLACE TEMP TABLE changed AS
SELECT fresh.meter_id, fresh.period_start, fresh.quantity, fresh.state
FROM fresh
LEFT JOIN interval_meter AS stored
    ON stored.meter_id = fresh.meter_id AND stored.period_start = fresh.period_start
WHERE stored.state <> fresh.state OR stored.quantity IS DISTINCT FROM fresh.quantity
    OR (stored.meter_id IS NULL AND ($keep_missing OR fresh.state <> 2))
