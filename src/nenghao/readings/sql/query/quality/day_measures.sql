SELECT enterprise_id, day, count(DISTINCT data_item_id) FILTER (due > 0) AS points_due,
    count(DISTINCT data_item_id) FILTER (received > 0) AS points_received,
    CASE WHEN sum(due) FILTER (stat_type < 2) > 0 THEN sum(on_time) FILTER (stat_type < 2) > 0 END AS online,
    sum(due)::BIGINT AS records_due, sum(received)::BIGINT AS records_received, sum(on_time)::BIGINT AS records_on_time,
        sum(good)::BIGINT AS records_good, sum(unknown)::BIGINT AS records_unknown, sum(suspect)::BIGINT AS records_suspect,
        sum(fail)::BIGINT AS records_fail, sum(missing)::BIGINT AS records_missing,
        sum(estimated)::BIGINT AS records_estimated, sum(by_hand)::BIGINT AS records_by_hand
FROM quality_count
WHERE day >= $start AND day < $end AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY enterprise_id, day
ORDER BY enterprise_id, day;
