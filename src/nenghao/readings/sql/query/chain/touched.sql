-- What batches ($after, $until] touched, in its current version: the newest of the window, unless a person's decision
-- of before outranks it. What a later batch changes again is in a later window.
WITH fresh AS (
    SELECT r.data_item_id, r.stat_type, r.period_start, r.version, r.value, r.state, r.input_type
    FROM reading AS r
    JOIN data_item AS item ON item.id = r.data_item_id
    WHERE r.batch_id > $after AND r.batch_id <= $until
        AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
        AND (
            contains($stat_types, r.stat_type::VARCHAR)
            OR r.stat_type = 0 AND (
                item.enterprise_id IN (SELECT unnest($realtime_ids::BIGINT[])) OR NOT contains(item.stat_types, '1')
            )
        )
),
decided AS (
    SELECT r.data_item_id, r.stat_type, r.period_start, r.version, r.value, r.state, r.input_type
    FROM reading AS r
    SEMI JOIN fresh USING (data_item_id, stat_type, period_start)
    WHERE r.version >= $stands AND r.batch_id <= $after
)
SELECT item.enterprise_id, data_item_id, stat_type, period_start, arg_max_null(value, version) AS value,
    arg_max(state, version) AS state, arg_max(input_type, version) AS input_type
FROM (FROM fresh UNION ALL FROM decided)
JOIN data_item AS item ON item.id = data_item_id
GROUP BY ALL
ORDER BY item.enterprise_id, data_item_id, stat_type, period_start;
