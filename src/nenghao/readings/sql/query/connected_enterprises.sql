SELECT DISTINCT enterprise_id AS value
FROM batch
WHERE accepted > 0 AND received_at >= $day::TIMESTAMP AND received_at < $day::TIMESTAMP + INTERVAL 1 DAY
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
