INSERT INTO unchecked_block
WITH gap AS (
    SELECT DISTINCT enterprise_id,
        unnest(generate_series((last_day + 1)::TIMESTAMP, ($first::DATE - 1)::TIMESTAMP, INTERVAL 1 DAY))::DATE AS day
    FROM silent
)
SELECT enterprise_id, stat_type, start, nextval('unchecked_version') AS version
FROM (SELECT DISTINCT enterprise_id, stat_type, start FROM (
    SELECT enterprise_id, 0 AS stat_type, day AS start FROM gap
    UNION ALL
    SELECT enterprise_id, 1, date_trunc('month', day)::DATE FROM gap
));
