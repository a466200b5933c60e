SELECT count(*)::BIGINT AS batches, coalesce(sum(accepted), 0)::BIGINT AS readings, min(received_at) AS oldest_at
FROM batch
WHERE id > $after AND accepted > 0 AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
