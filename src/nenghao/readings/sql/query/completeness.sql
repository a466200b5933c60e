-- Received rows are read back from the hours' shares: known share times the rows expected in an hour.
WITH day AS (
    SELECT CAST(day AS DATE) AS day
    FROM generate_series($start::TIMESTAMP, $end::TIMESTAMP - INTERVAL 1 DAY, INTERVAL 1 DAY) AS series(day)
),
received AS (
    SELECT data_item_id, CAST(period_start AS DATE) AS day, sum(1 - missing_ratio) AS hours
    FROM rollup_item
    WHERE period_kind = 'hour' AND period_start >= $start::TIMESTAMP AND period_start < $end::TIMESTAMP
        AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
    GROUP BY ALL
)
SELECT item.id AS data_item_id, item.enterprise_id, day.day,
    round(coalesce(received.hours, 0) * 60 / item.realtime_minutes)::INTEGER AS received,
    1440 // item.realtime_minutes AS expected
FROM data_item AS item
CROSS JOIN day
LEFT JOIN received ON received.data_item_id = item.id AND received.day = day.day
WHERE item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY item.id, day.day;
