DELETE FROM consumption_day AS total
USING (SELECT DISTINCT enterprise_id, energy_key, period_start::DATE AS day FROM touched) AS touched
WHERE total.enterprise_id = touched.enterprise_id AND total.energy_key = touched.energy_key
    AND total.day = touched.day
