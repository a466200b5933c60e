SELECT data_item_id, energy_key, period_start, quantity, tce, measured_ratio, estimated_ratio, missing_ratio,
    cell_state(measured_ratio, missing_ratio) AS state, source_stat_type, factor_id
FROM rollup_item
WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY data_item_id, period_start;
