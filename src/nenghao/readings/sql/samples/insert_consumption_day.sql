-- Daily consumption of the touched days in physical units and coal equivalent, by the factor in force that day.
INSERT INTO consumption_day
SELECT
    d.enterprise_id,
    d.energy_key,
    d.day,
    d.quantity,
    d.quantity * f.kgce_per_unit / 1000,
    f.factor_id
FROM (
    SELECT total.enterprise_id, total.energy_key, total.period_start::DATE AS day, sum(total.quantity) AS quantity
    FROM interval_enterprise AS total
    SEMI JOIN (SELECT DISTINCT enterprise_id, energy_key, period_start::DATE AS day FROM touched) AS touched
        ON touched.enterprise_id = total.enterprise_id AND touched.energy_key = total.energy_key
        AND touched.day = total.period_start::DATE
    GROUP BY ALL
) AS d
LEFT JOIN coal_equivalent_factor AS f
    ON f.energy_key = d.energy_key AND f.valid_from <= d.day AND d.day < f.valid_until
