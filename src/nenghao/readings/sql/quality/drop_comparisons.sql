DELETE FROM quality_finding
WHERE is_comparison AND check_code = $check_code AND period_start >= $start AND period_start < $end
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
