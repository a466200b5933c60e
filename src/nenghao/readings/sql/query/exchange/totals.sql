-- A page of totals of groups of enterprises by energy and period, after one place. Shares: mean over the items.
WITH member AS (
    SELECT unnest($enterprise_ids::BIGINT[]) AS enterprise_id, unnest($group_codes::VARCHAR[]) AS group_code
)
SELECT group_code, energy_key, period_start, sum(quantity) AS quantity, sum(tce) AS tce,
    sum(measured_ratio * items) / sum(items) AS measured_ratio,
    sum(estimated_ratio * items) / sum(items) AS estimated_ratio,
    sum(missing_ratio * items) / sum(items) AS missing_ratio,
    cell_state(sum(measured_ratio * items) / sum(items), sum(missing_ratio * items) / sum(items)) AS state,
    count(*) AS enterprises,
    count_if(quantity IS NOT NULL AND tce IS NULL) AS unconverted,
    list(DISTINCT coalesce(factor_id, '') ORDER BY coalesce(factor_id, '')) FILTER (tce IS NOT NULL) AS factor_ids
FROM rollup_enterprise
JOIN member USING (enterprise_id)
WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end
    AND (len($energy_keys::VARCHAR[]) = 0 OR list_contains($energy_keys::VARCHAR[], energy_key))
    AND (group_code > $after_group OR (group_code = $after_group
        AND (energy_key > $after_energy OR (energy_key = $after_energy AND period_start > $after_start))))
GROUP BY group_code, energy_key, period_start
ORDER BY group_code, energy_key, period_start
LIMIT $limit;
