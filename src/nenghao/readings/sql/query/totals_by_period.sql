SELECT period_start, energy_key, sum(quantity) AS quantity, sum(tce) AS tce,
    sum(measured_ratio * items) / sum(items) AS measured_ratio,
    sum(estimated_ratio * items) / sum(items) AS estimated_ratio,
    sum(missing_ratio * items) / sum(items) AS missing_ratio,
    cell_state(sum(measured_ratio * items) / sum(items), sum(missing_ratio * items) / sum(items)) AS state,
    count(*) AS enterprises
FROM rollup_enterprise
WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY period_start, energy_key
ORDER BY period_start, energy_key;
