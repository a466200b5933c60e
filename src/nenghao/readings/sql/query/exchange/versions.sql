-- A page of the versions of readings, in the order in which they came for each slot, after one place.
WITH page AS (
    SELECT r.data_item_id, r.period_start, r.value, r.state, r.input_type, r.batch_id,
        r.version & (($stands)::BIGINT - 1) AS number, r.version >= $stands AS stands,
        r.version = max(r.version) OVER (PARTITION BY r.data_item_id, r.period_start) AS is_current
    FROM reading AS r
    JOIN data_item AS item ON item.id = r.data_item_id
    WHERE r.stat_type = $stat_type AND r.period_start >= $start AND r.period_start < $end AND r.batch_id <= $mark
        AND r.data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
        AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
        AND (r.data_item_id > $after_item OR (r.data_item_id = $after_item AND r.period_start >= $after_start))
    QUALIFY r.data_item_id > $after_item OR r.period_start > $after_start OR number > $after_version
    ORDER BY r.data_item_id, r.period_start, number
    LIMIT $limit
)
SELECT page.* EXCLUDE (batch_id, number), page.number AS version, batch.received_at, batch.source, coalesce(batch.method, '') AS method, batch.reason
FROM page
JOIN batch ON batch.id = page.batch_id
ORDER BY page.data_item_id, page.period_start, page.number;
