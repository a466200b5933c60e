-- Daily consumption per enterprise and energy in physical units and coal equivalent, by the factor in force that day.
INSERT INTO consumption_day
SELECT
    d.enterprise_id,
    d.energy_key,
    d.day,
    d.quantity,
    d.quantity * f.kgce_per_unit / 1000,
    f.factor_id
FROM (
    SELECT enterprise_id, energy_key, period_start::DATE AS day, sum(quantity) AS quantity
    FROM interval_enterprise
    GROUP BY enterprise_id, energy_key, day
) AS d
LEFT JOIN coal_equivalent_factor AS f
    ON f.energy_key = d.energy_key AND f.valid_from <= d.day AND d.day < f.valid_until
