SELECT device_id AS id, max(received_at) AS last_contact_at,
    max(received_at) FILTER (accepted > 0 AND operation = 'uploadEnergyData') AS last_upload_at,
    count(DISTINCT CAST(received_at AS DATE)) FILTER (
        accepted > 0 AND operation = 'uploadEnergyData' AND received_at >= $start
    ) AS days_with_data,
    coalesce(sum(accepted) FILTER (received_at >= $start), 0)::BIGINT AS accepted,
    coalesce(sum(rejected) FILTER (received_at >= $start), 0)::BIGINT AS rejected,
    arg_max(backlog, id) FILTER (backlog IS NOT NULL) AS backlog,
    arg_max(backlog, id) FILTER (backlog IS NOT NULL AND received_at < $earlier) AS backlog_before,
    arg_max(clock_offset_s, id) FILTER (clock_offset_s IS NOT NULL) AS clock_offset_s
FROM batch
WHERE device_id IS NOT NULL AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND received_at < $end
GROUP BY device_id
ORDER BY device_id;
