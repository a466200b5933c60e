-- Enterprises and months of which a reading came after batch $since, whatever its statistic type.
SELECT DISTINCT item.enterprise_id, CAST(date_trunc('month', r.period_start) AS DATE) AS month
FROM reading AS r
JOIN data_item AS item ON item.id = r.data_item_id
WHERE r.batch_id > $since AND r.period_start >= $start AND r.period_start < $end
    AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
UNION
-- A year record belongs to every month of its year.
SELECT DISTINCT item.enterprise_id, CAST(r.period_start + to_months(CAST(m.month AS INTEGER)) AS DATE)
FROM reading AS r
JOIN data_item AS item ON item.id = r.data_item_id
CROSS JOIN range(12) AS m(month)
WHERE r.batch_id > $since AND r.stat_type = 3 AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
