DELETE FROM interval_enterprise AS total
USING touched
WHERE total.enterprise_id = touched.enterprise_id AND total.energy_key = touched.energy_key
    AND total.period_start = touched.period_start
