-- Month from days, year from months: the record of the period ($stat_type) where there is one with a value; else the
-- sum of its parts. Shares are of the whole period's time: a day that has no cell is missing.
INSERT INTO fresh BY NAME
WITH item AS (
    SELECT * FROM data_item WHERE id IN (SELECT data_item_id FROM touched)
),
record AS (
    SELECT r.data_item_id, arg_max_null(r.value, r.version) AS value, arg_max(r.state, r.version) AS state
    FROM reading AS r
    JOIN item ON item.id = r.data_item_id
    WHERE r.stat_type = $stat_type AND r.period_start = date_trunc($kind, $month)
    GROUP BY r.data_item_id
),
record_tce AS (
    SELECT record.data_item_id, record.value, record.state, factor.factor_id,
        record.value * factor.kgce_per_unit / 1000 AS tce
    FROM record
    JOIN item ON item.id = record.data_item_id
    LEFT JOIN factor
        ON factor.energy_key = item.energy_key
        AND date_trunc($kind, $month) >= factor.valid_from
        AND (factor.valid_until IS NULL OR date_trunc($kind, $month) < factor.valid_until)
),
parts AS (
    SELECT part.data_item_id, sum(part.quantity) AS quantity,
        CASE WHEN count(part.quantity) = count(part.tce) THEN sum(part.tce) END AS tce,
        sum(part.measured_ratio * days_in($part_kind, part.period_start)) / days_in($kind, $month) AS measured,
        sum(part.estimated_ratio * days_in($part_kind, part.period_start)) / days_in($kind, $month) AS estimated,
        CASE WHEN min(part.factor_id) = max(part.factor_id) THEN min(part.factor_id) END AS factor_id
    FROM rollup_item AS part
    JOIN item ON item.id = part.data_item_id
    WHERE part.period_kind = $part_kind
        AND part.period_start >= date_trunc($kind, $month)
        AND date_trunc($kind, part.period_start) = date_trunc($kind, $month)
    GROUP BY part.data_item_id
),
chosen AS (
    SELECT data_item_id,
        record_tce.value IS NOT NULL OR (record_tce.state IS NOT NULL AND parts.quantity IS NULL) AS by_record,
        CASE WHEN by_record THEN record_tce.value ELSE parts.quantity END AS quantity,
        CASE WHEN by_record THEN record_tce.tce ELSE parts.tce END AS tce,
        CASE WHEN by_record THEN (record_tce.state = 0)::DOUBLE ELSE parts.measured END AS measured_ratio,
        CASE WHEN by_record THEN (record_tce.state = 1)::DOUBLE ELSE parts.estimated END AS estimated_ratio,
        CASE WHEN by_record THEN record_tce.factor_id ELSE parts.factor_id END AS factor_id
    FROM record_tce
    FULL JOIN parts USING (data_item_id)
)
SELECT $kind::period_kind AS period_kind, chosen.data_item_id, date_trunc($kind, $month) AS period_start,
    quantity, tce, measured_ratio, estimated_ratio,
    greatest(0, 1 - measured_ratio - estimated_ratio) AS missing_ratio,
    CASE WHEN by_record THEN $stat_type::UTINYINT ELSE $stat_type::UTINYINT - 1 END AS source_stat_type, factor_id,
    item.enterprise_id, item.energy_key, item.counts_in_total
FROM chosen
JOIN item ON item.id = chosen.data_item_id;
