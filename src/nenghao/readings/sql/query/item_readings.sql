SELECT r.data_item_id, r.period_start, arg_max_null(r.value, r.version) AS value, arg_max(r.state, r.version) AS state,
    arg_max(r.input_type, r.version) AS input_type, max(r.version) AS version,
    count(DISTINCT (r.value, r.state)) AS contents
FROM reading AS r
JOIN data_item AS item ON item.id = r.data_item_id
WHERE r.stat_type = $stat_type AND r.period_start >= $start AND r.period_start < $end
    AND r.data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
    AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY r.data_item_id, r.period_start
ORDER BY r.data_item_id, r.period_start;
