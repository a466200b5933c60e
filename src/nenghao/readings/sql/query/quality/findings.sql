SELECT enterprise_id, data_item_id, stat_type, period_start, period_end, slots, check_code, flag, value, limit_value,
    other_item_id, energy_key, is_comparison, rule_version, checked_at
FROM quality_finding
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND period_start < $end AND period_end > $start
    AND (len($data_item_ids::BIGINT[]) = 0 OR list_contains($data_item_ids::BIGINT[], data_item_id))
    AND (len($check_codes::VARCHAR[]) = 0 OR list_contains($check_codes::VARCHAR[], check_code))
    AND (len($flags::UTINYINT[]) = 0 OR list_contains($flags::UTINYINT[], flag))
    AND (len($stat_types::UTINYINT[]) = 0 OR list_contains($stat_types::UTINYINT[], stat_type))
    AND (
        $after_flag::UTINYINT IS NULL OR flag < $after_flag::UTINYINT
        OR (flag = $after_flag::UTINYINT AND period_start < $after_start::TIMESTAMP)
        OR (
            flag = $after_flag::UTINYINT AND period_start = $after_start::TIMESTAMP
            AND (
                enterprise_id, data_item_id, stat_type, check_code, period_end, coalesce(other_item_id, 0),
                coalesce(energy_key, '')
            ) > (
                $after_enterprise::BIGINT, $after_item::BIGINT, $after_stat_type::UTINYINT, $after_check::VARCHAR,
                $after_end::TIMESTAMP, $after_other::BIGINT, $after_energy::VARCHAR
            )
        )
    )
ORDER BY flag DESC, period_start DESC, enterprise_id, data_item_id, stat_type, check_code, period_end,
    coalesce(other_item_id, 0), coalesce(energy_key, '')
LIMIT $limit OFFSET $offset;
