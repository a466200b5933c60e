SELECT rejection.code, count(*) AS calls, max(batch.received_at) AS last_at, arg_max(rejection.message_zh, batch.id) AS message_zh,
    arg_max(rejection.message_en, batch.id) AS message_en
FROM rejection
JOIN batch ON batch.id = rejection.batch_id
WHERE batch.device_id = $device_id AND rejection.record_no = -1 AND batch.received_at >= $start
    AND batch.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY rejection.code
ORDER BY calls DESC, rejection.code;
