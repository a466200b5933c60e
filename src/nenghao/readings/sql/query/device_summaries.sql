SELECT device_id AS id, max(received_at) AS last_upload_at, count(*) AS batches,
    sum(accepted)::BIGINT AS accepted, sum(rejected)::BIGINT AS rejected,
    count_if(CAST(received_at AS DATE) = $day::DATE) AS batches_on_day,
    coalesce(sum(accepted) FILTER (CAST(received_at AS DATE) = $day::DATE), 0)::BIGINT AS accepted_on_day,
    coalesce(sum(rejected) FILTER (CAST(received_at AS DATE) = $day::DATE), 0)::BIGINT AS rejected_on_day,
    arg_max(backlog, id) FILTER (backlog IS NOT NULL) AS backlog,
    arg_max(clock_offset_s, id) FILTER (clock_offset_s IS NOT NULL) AS clock_offset_s
FROM batch
WHERE device_id IS NOT NULL AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY device_id
ORDER BY device_id;
