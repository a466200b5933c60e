SELECT enterprise_id, month, energy_key, consumption, net, method, kgce_calorific, kgce_equivalent, tce_calorific, tce_equivalent,
    factor_id, status, imbalance, imbalance_ratio, measured_ratio, missing_ratio, marks
FROM account_energy
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month >= $start AND month < $end
ORDER BY enterprise_id, month, energy_key;
