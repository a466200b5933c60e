SELECT enterprise_id, check_code, flag, count(*) AS findings, sum(slots)::BIGINT AS slots
FROM quality_finding
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND period_start < $end AND period_end > $start
GROUP BY ALL
ORDER BY ALL;
