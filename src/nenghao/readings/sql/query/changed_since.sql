-- Slots of items whose current content is not that of the moment after batch $mark, and the batch that changed each.
WITH slot AS (
    SELECT data_item_id, stat_type, period_start,
        arg_max_null(value, version) FILTER (batch_id <= $mark) AS filed_value,
        arg_max(state, version) FILTER (batch_id <= $mark) AS filed_state,
        arg_max_null(value, version) AS value, arg_max(state, version) AS state, arg_max(batch_id, version) AS batch_id
    FROM reading
    WHERE period_start >= $start AND period_start < $end AND stat_type < 3
        AND data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
    GROUP BY ALL
    HAVING max(batch_id) > $mark
)
SELECT slot.batch_id, slot.data_item_id, slot.stat_type, count(*) AS slots, min(slot.period_start) AS first_start,
    max(slot.period_start) AS last_start, count_if(slot.filed_value IS NULL) AS slots_new,
    sum(coalesce(slot.value, 0) - coalesce(slot.filed_value, 0)) AS change,
    batch.received_at, batch.source, batch.author, batch.reason, coalesce(batch.method, '') AS method,
    coalesce(batch.approved_by, '') AS approved_by
FROM slot
JOIN batch ON batch.id = slot.batch_id
WHERE (slot.filed_value, slot.filed_state) IS DISTINCT FROM (slot.value, slot.state)
GROUP BY ALL
ORDER BY slot.batch_id, slot.data_item_id, slot.stat_type;
