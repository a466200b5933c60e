SELECT data_item_id, enterprise_id, stat_type, day, value_sum, meter_valid, due AS records_due,
    received AS records_received, on_time AS records_on_time, good AS records_good, unknown AS records_unknown,
    suspect AS records_suspect, fail AS records_fail, missing AS records_missing, estimated AS records_estimated,
    by_hand AS records_by_hand
FROM quality_count
WHERE day >= $start AND day < $end AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
    AND (len($data_item_ids::BIGINT[]) = 0 OR list_contains($data_item_ids::BIGINT[], data_item_id))
ORDER BY enterprise_id, data_item_id, stat_type, day;
