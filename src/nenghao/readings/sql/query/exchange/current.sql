-- A page of current readings as they stood after batch $mark, of items in the order of their keys, after one place.
WITH page AS (
    SELECT r.data_item_id, r.period_start, arg_max_null(r.value, r.version) AS value,
        arg_max(r.state, r.version) AS state, arg_max(r.input_type, r.version) AS input_type,
        arg_max(r.batch_id, r.version) AS batch_id, max(r.version) AS version, count(*) AS versions
    FROM reading AS r
    JOIN data_item AS item ON item.id = r.data_item_id
    WHERE r.stat_type = $stat_type AND r.period_start >= $start AND r.period_start < $end AND r.batch_id <= $mark
        AND r.data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
        AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
        AND (r.data_item_id > $after_item OR (r.data_item_id = $after_item AND r.period_start > $after_start))
    GROUP BY r.data_item_id, r.period_start
    HAVING len($states::UTINYINT[]) = 0 OR list_contains($states::UTINYINT[], arg_max(r.state, r.version))
    ORDER BY r.data_item_id, r.period_start
    LIMIT $limit
)
SELECT page.data_item_id, page.period_start, page.value, page.state, page.input_type, page.versions,
    page.version & (($stands)::BIGINT - 1) AS version, page.version >= $stands AS stands, batch.received_at, batch.source
FROM page
JOIN batch ON batch.id = page.batch_id
ORDER BY page.data_item_id, page.period_start;
