-- The record of the day where there is one with a value; else the sum of its hours; else the record's "missing".
INSERT INTO fresh BY NAME
WITH record AS (
    SELECT r.data_item_id, r.period_start, arg_max_null(r.value, r.version) AS value, arg_max(r.state, r.version) AS state
    FROM reading AS r
    JOIN touched ON touched.data_item_id = r.data_item_id AND touched.day = r.period_start
    WHERE r.stat_type = 1 AND r.period_start >= $start AND r.period_start < $until
    GROUP BY r.data_item_id, r.period_start
),
hours AS (
    SELECT cell.data_item_id, touched.day::TIMESTAMP AS period_start, sum(cell.quantity) AS quantity,
        sum(cell.measured_ratio) / 24 AS measured, sum(cell.estimated_ratio) / 24 AS estimated
    FROM fresh AS cell
    JOIN touched ON touched.data_item_id = cell.data_item_id AND touched.day = CAST(cell.period_start AS DATE)
    WHERE cell.period_kind = 'hour' AND cell.period_start >= $start AND cell.period_start < $until
    GROUP BY ALL
),
chosen AS (
    SELECT data_item_id, period_start,
        record.value IS NOT NULL OR (record.state IS NOT NULL AND hours.quantity IS NULL) AS by_record,
        CASE WHEN by_record THEN record.value ELSE hours.quantity END AS quantity,
        CASE WHEN by_record THEN (record.state = 0)::DOUBLE ELSE hours.measured END AS measured_ratio,
        CASE WHEN by_record THEN (record.state = 1)::DOUBLE ELSE hours.estimated END AS estimated_ratio
    FROM record
    FULL JOIN hours USING (data_item_id, period_start)
)
SELECT 'day' AS period_kind, chosen.data_item_id, chosen.period_start, chosen.quantity,
    chosen.quantity * factor.kgce_per_unit / 1000 AS tce,
    measured_ratio, estimated_ratio, greatest(0, 1 - measured_ratio - estimated_ratio) AS missing_ratio,
    by_record::UTINYINT AS source_stat_type, factor.factor_id,
    item.enterprise_id, item.energy_key, item.counts_in_total
FROM chosen
JOIN data_item AS item ON item.id = chosen.data_item_id
LEFT JOIN factor
    ON factor.energy_key = item.energy_key
    AND chosen.period_start >= factor.valid_from
    AND (factor.valid_until IS NULL OR chosen.period_start < factor.valid_until);
