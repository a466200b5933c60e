SELECT enterprise_id, month, unit_code, energy_key, flow, quantity, tce_calorific, tce_equivalent, factor_id, status,
    measured_ratio, missing_ratio, sources
FROM account_line
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month >= $start AND month < $end
ORDER BY enterprise_id, month, energy_key, unit_code, flow;
