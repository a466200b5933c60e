SELECT enterprise_id, energy_key, period_start, quantity, tce, measured_ratio, estimated_ratio, missing_ratio,
    cell_state(measured_ratio, missing_ratio) AS state, items, factor_id
FROM rollup_enterprise
WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY enterprise_id, energy_key, period_start;
