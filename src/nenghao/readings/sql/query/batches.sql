SELECT id, device_id, enterprise_id, received_at, source, operation, remote_address, accepted, rejected,
    response_code, response_message, size_bytes, duration_ms, author, reason, platform_id
FROM batch
WHERE (enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) OR ($unidentified AND enterprise_id IS NULL))
    AND ($device_id::BIGINT IS NULL OR device_id = $device_id::BIGINT)
    AND (NOT $only_with_rejections OR rejected > 0)
    AND ($start::TIMESTAMP IS NULL OR received_at >= $start::TIMESTAMP)
    AND ($end::TIMESTAMP IS NULL OR received_at < $end::TIMESTAMP)
ORDER BY id DESC
LIMIT $limit OFFSET $offset;
