-- What counts towards the chain of the days [$start, $end) of enterprises, in its current version: the statistic types
-- asked for, and real-time slots where they are the only source of an item's day (no day record with a value).
WITH wanted AS (
    SELECT r.data_item_id, r.stat_type, r.period_start, arg_max_null(r.value, r.version) AS value,
        arg_max(r.state, r.version) AS state, arg_max(r.input_type, r.version) AS input_type
    FROM reading AS r
    JOIN data_item AS item ON item.id = r.data_item_id
    WHERE r.stat_type > 0 AND r.period_start >= $start AND r.period_start < $end
        AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
    GROUP BY ALL
),
known_day AS (
    SELECT data_item_id, period_start::DATE AS day FROM wanted WHERE stat_type = 1 AND value IS NOT NULL
),
slots AS (
    SELECT r.data_item_id, r.stat_type, r.period_start, arg_max_null(r.value, r.version) AS value,
        arg_max(r.state, r.version) AS state, arg_max(r.input_type, r.version) AS input_type
    FROM reading AS r
    JOIN data_item AS item ON item.id = r.data_item_id
    LEFT JOIN known_day AS k ON k.data_item_id = r.data_item_id AND k.day = r.period_start::DATE
    WHERE r.stat_type = 0 AND r.period_start >= $start AND r.period_start < $end
        AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
        AND (
            k.data_item_id IS NULL OR item.enterprise_id IN (SELECT unnest($realtime_ids::BIGINT[]))
            OR NOT contains(item.stat_types, '1')
        )
    GROUP BY ALL
)
SELECT item.enterprise_id, data_item_id, stat_type, period_start, value, state, input_type
FROM (FROM wanted WHERE contains($stat_types, stat_type::VARCHAR) UNION ALL FROM slots)
JOIN data_item AS item ON item.id = data_item_id
ORDER BY item.enterprise_id, data_item_id, stat_type, period_start;
