-- Values that gateways sent after a decision that stands, and that say something which was not known when it was made.
WITH stand AS (
    SELECT data_item_id, stat_type, period_start, max(batch_id) AS batch_id, arg_max_null(value, version) AS value
    FROM reading
    WHERE version >= $stands AND period_start >= $start AND period_start < $end
        AND data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
    GROUP BY ALL
),
later AS (
    SELECT r.data_item_id, r.stat_type, r.period_start, stand.batch_id AS decision_batch_id, stand.value AS decided_value,
        arg_max(r.value, r.version) AS sent_value, arg_max(r.batch_id, r.version) AS sent_batch_id
    FROM reading AS r
    JOIN stand USING (data_item_id, stat_type, period_start)
    WHERE r.batch_id > stand.batch_id AND r.version < $stands AND r.value IS NOT NULL
        AND r.period_start >= $start AND r.period_start < $end
        AND r.data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
        AND r.value IS DISTINCT FROM stand.value
        AND NOT EXISTS (
            SELECT 1 FROM reading AS known
            WHERE known.period_start >= $start AND known.period_start < $end
                AND known.data_item_id = r.data_item_id AND known.stat_type = r.stat_type
                AND known.period_start = r.period_start AND known.batch_id < stand.batch_id AND known.value = r.value
        )
    GROUP BY ALL
)
SELECT later.*, batch.received_at AS sent_at
FROM later
JOIN batch ON batch.id = later.sent_batch_id
ORDER BY later.data_item_id, later.stat_type, later.period_start;
