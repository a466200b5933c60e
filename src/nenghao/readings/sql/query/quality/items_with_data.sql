SELECT DISTINCT data_item_id, enterprise_id, stat_type
FROM quality_count
WHERE known > 0 AND day >= $start AND day < $end AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY ALL;
