SELECT count(*) AS value
FROM quality_finding
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND period_start < $end AND period_end > $start
    AND (len($data_item_ids::BIGINT[]) = 0 OR list_contains($data_item_ids::BIGINT[], data_item_id))
    AND (len($check_codes::VARCHAR[]) = 0 OR list_contains($check_codes::VARCHAR[], check_code))
    AND (len($flags::UTINYINT[]) = 0 OR list_contains($flags::UTINYINT[], flag))
    AND (len($stat_types::UTINYINT[]) = 0 OR list_contains($stat_types::UTINYINT[], stat_type));
