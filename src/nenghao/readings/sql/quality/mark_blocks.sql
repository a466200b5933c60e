-- The blocks of the marks, the one before (it looks at the slot after it) and those after that look back: a day's level
-- rests on four weeks, a record's on the block before. Days between what was looked at before and the marks are due now, too, though nothing came of them.
INSERT INTO unchecked_block
WITH known AS (
    SELECT noted.*, span.first_day, span.last_day, span.first_realtime, greatest(noted.high, span.last_day) AS until,
        least(noted.low, span.first_day) AS since, least(noted.month, span.first_month) AS month_since
    FROM noted
    LEFT JOIN quality_span AS span USING (data_item_id)
),
marked AS (
    SELECT known.enterprise_id, mark.stat_type, mark.day, min(known.since) AS since, max(known.until) AS until,
        min(known.month_since) AS month_since
    FROM unchecked_cell AS mark
    JOIN known USING (data_item_id)
    GROUP BY known.enterprise_id, mark.stat_type, mark.day
),
gap AS (
    SELECT enterprise_id, unnest(generate_series(low::TIMESTAMP, (first_day - 1)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day
    FROM known WHERE low < first_day
    UNION
    SELECT enterprise_id, unnest(generate_series((last_day + 1)::TIMESTAMP, high::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day
    FROM known WHERE high > last_day + 1
    UNION
    SELECT enterprise_id, unnest(generate_series(low::TIMESTAMP, high::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day
    FROM known WHERE last_day IS NULL
),
realtime_gap AS (
    SELECT enterprise_id,
        unnest(generate_series(realtime::TIMESTAMP, coalesce(first_realtime - 1, until)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day
    FROM known WHERE realtime < first_realtime OR (realtime IS NOT NULL AND first_realtime IS NULL)
)
SELECT enterprise_id, stat_type, start, nextval('unchecked_version') AS version
FROM (SELECT DISTINCT enterprise_id, stat_type, start FROM (
    SELECT enterprise_id, stat_type, (day + later)::DATE AS start
    FROM marked, (SELECT later::INTEGER AS later FROM range(-1, 28) AS days(later))
    WHERE stat_type = 0 AND (later = 0 OR (day + later BETWEEN since AND until))
    UNION ALL
    SELECT enterprise_id, stat_type, date_trunc('month', day + later)::DATE AS start
    FROM marked, (VALUES (-1::INTEGER), (0), (31)) AS series(later)
    WHERE stat_type = 1 AND (later = 0 OR (day + later BETWEEN date_trunc('month', since) AND last_day(until)))
    UNION ALL
    SELECT enterprise_id, 2::UTINYINT, date_trunc('year', day + later)::DATE AS start
    FROM marked, (VALUES (-1::INTEGER), (0), (366)) AS series(later)
    WHERE stat_type = 2 AND (later = 0 OR year(day + later) BETWEEN year(month_since) AND year($now::TIMESTAMP))
    UNION ALL
    SELECT enterprise_id, 0, day FROM gap
    UNION ALL
    SELECT enterprise_id, 0, day FROM realtime_gap
    UNION ALL
    SELECT enterprise_id, 1, date_trunc('month', day)::DATE FROM gap
    UNION ALL
    SELECT enterprise_id, 2, date_trunc('year', day)::DATE FROM gap
));
