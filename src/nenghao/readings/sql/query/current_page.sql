-- A page of current values in the order (period start, item, statistic type), after the row named by $start, $after_item, $after_type.
WITH page AS (
    SELECT data_item_id, stat_type, period_start, arg_max_null(value, version) AS value, arg_max(state, version) AS state,
        arg_max(input_type, version) AS input_type, arg_max(batch_id, version) AS batch_id
    FROM reading
    WHERE period_start >= $start AND period_start < $end
        AND data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
        AND stat_type IN (SELECT unnest($stat_types::UTINYINT[]))
        AND (period_start > $start OR (data_item_id, stat_type) > ($after_item::BIGINT, $after_type::TINYINT))
    GROUP BY data_item_id, stat_type, period_start
    ORDER BY period_start, data_item_id, stat_type
    LIMIT $limit
)
SELECT page.*, batch.received_at, batch.source
FROM page
JOIN batch ON batch.id = page.batch_id
ORDER BY page.period_start, page.data_item_id, page.stat_type;
