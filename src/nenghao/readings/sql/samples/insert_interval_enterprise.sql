-- Hourly consumption per enterprise and energy of the touched hours, with the share of meters in each state.
INSERT INTO interval_enterprise
SELECT
    m.enterprise_id,
    m.energy_key,
    i.period_start,
    sum(i.quantity),
    count(*) FILTER (WHERE i.state = 0) / count(*),
    count(*) FILTER (WHERE i.state = 1) / count(*),
    count(*) FILTER (WHERE i.state = 2) / count(*)
FROM interval_meter AS i
JOIN meter AS m ON m.id = i.meter_id
SEMI JOIN touched
    ON touched.enterprise_id = m.enterprise_id AND touched.energy_key = m.energy_key
    AND touched.period_start = i.period_start
GROUP BY m.enterprise_id, m.energy_key, i.period_start
