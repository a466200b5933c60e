-- Every month of which there is an account or could be one.
SELECT DISTINCT enterprise_id, month FROM (
    SELECT enterprise_id, month FROM account_month
    UNION ALL
    SELECT enterprise_id, CAST(period_start AS DATE) FROM rollup_item WHERE period_kind = 'month' AND energy_key <> ''
)
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month >= $start
    AND ($until::DATE IS NULL OR month < $until)
ORDER BY month DESC, enterprise_id;
