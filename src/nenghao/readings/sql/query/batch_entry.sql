SELECT id, device_id, enterprise_id, received_at, source, operation, remote_address, accepted, rejected,
    response_code, response_message, size_bytes, duration_ms, author, reason, platform_id
FROM batch
WHERE id = $batch_id
    AND (enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) OR ($unidentified AND enterprise_id IS NULL));
