-- Real-time readings of the cells touched, newest version each, summed by hour.
INSERT INTO fresh BY NAME
WITH current AS (
    SELECT r.data_item_id, r.period_start, arg_max_null(r.value, r.version) AS value, arg_max(r.state, r.version) AS state
    FROM reading AS r
    JOIN touched ON touched.data_item_id = r.data_item_id AND touched.day = CAST(r.period_start AS DATE)
    WHERE r.stat_type = 0 AND r.period_start >= $start AND r.period_start < $until
    GROUP BY r.data_item_id, r.period_start
),
summed AS (
    SELECT data_item_id, date_trunc('hour', period_start) AS period_start, sum(value) AS quantity,
        count(*) AS received, count_if(state = 0) AS measured, count_if(state = 1) AS estimated
    FROM current
    GROUP BY ALL
),
shared AS (
    SELECT summed.*, item.enterprise_id, item.energy_key, item.counts_in_total,
        greatest(60 // item.realtime_minutes, received) AS expected
    FROM summed
    JOIN data_item AS item ON item.id = summed.data_item_id
)
SELECT 'hour' AS period_kind, shared.data_item_id, shared.period_start, shared.quantity,
    shared.quantity * factor.kgce_per_unit / 1000 AS tce,
    measured / expected AS measured_ratio, estimated / expected AS estimated_ratio,
    (expected - measured - estimated) / expected AS missing_ratio,
    0 AS source_stat_type, factor.factor_id, shared.enterprise_id, shared.energy_key, shared.counts_in_total
FROM shared
LEFT JOIN factor
    ON factor.energy_key = shared.energy_key
    AND shared.period_start >= factor.valid_from
    AND (factor.valid_until IS NULL OR shared.period_start < factor.valid_until);
