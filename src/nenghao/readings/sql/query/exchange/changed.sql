-- Like current.sql, only slots of which a version came after batch $since. Readings lie in the order of their batches,
-- so that the first part reads only what is new.
WITH touched AS (
    SELECT DISTINCT data_item_id, period_start
    FROM reading
    WHERE batch_id > $since AND batch_id <= $mark AND stat_type = $stat_type
        AND period_start >= $start AND period_start < $end
        AND data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
        AND (data_item_id > $after_item OR (data_item_id = $after_item AND period_start > $after_start))
),
page AS (
    SELECT r.data_item_id, r.period_start, arg_max_null(r.value, r.version) AS value,
        arg_max(r.state, r.version) AS state, arg_max(r.input_type, r.version) AS input_type,
        arg_max(r.batch_id, r.version) AS batch_id, max(r.version) AS version, count(*) AS versions
    FROM reading AS r
    JOIN touched USING (data_item_id, period_start)
    JOIN data_item AS item ON item.id = r.data_item_id
    WHERE r.stat_type = $stat_type AND r.batch_id <= $mark
        AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
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
