SELECT enterprise_id, month, tce_calorific, tce_equivalent, measured_ratio, missing_ratio, is_complete, is_unverified, imbalance_ratio,
    findings, mark
FROM account_month
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month >= $start AND month < $end
ORDER BY enterprise_id, month;
