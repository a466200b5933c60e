SELECT CAST(period_start AS DATE) AS day
FROM rollup_enterprise
WHERE period_kind = 'day' AND quantity IS NOT NULL
    AND period_start >= $start::TIMESTAMP AND period_start < $end::TIMESTAMP
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY period_start DESC
LIMIT 1;
