-- The current version of every slot that has one, and whether a gateway has ever sent a value for it.
SELECT r.data_item_id, r.period_start, arg_max_null(r.value, r.version) AS value, arg_max(r.state, r.version) AS state,
    arg_max(r.input_type, r.version) AS input_type, arg_max(r.batch_id, r.version) AS batch_id,
    coalesce(bool_or(r.value IS NOT NULL AND batch.source = 'upload'), false) AS from_gateway
FROM reading AS r
JOIN batch ON batch.id = r.batch_id
WHERE r.stat_type = $stat_type AND r.period_start >= $start AND r.period_start < $end
    AND r.data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
GROUP BY r.data_item_id, r.period_start;
