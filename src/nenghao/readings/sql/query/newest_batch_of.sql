SELECT coalesce(max(id), 0)::BIGINT AS value
FROM batch
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
