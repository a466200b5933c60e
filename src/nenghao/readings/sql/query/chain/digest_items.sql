-- Counts and sums by enterprise, day, item and statistic type of what counts towards the chain in [$start, $end), in its
-- current version: the statistic types asked for, and real-time slots where they are the only source of an item's day
-- (no day record with a value).
WITH wanted AS (
    SELECT r.data_item_id, r.stat_type, r.period_start, arg_max_null(r.value, r.version) AS value,
        arg_max(r.state, r.version) AS state
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
        arg_max(r.state, r.version) AS state
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
),
chosen AS (
    -- Sums are of whole millionths of the base unit, so that their order does not matter; the second one weighs each
    -- value with its place in the day, so that values in each other's places show.
    SELECT item.enterprise_id, period_start::DATE AS day, item.data_code, stat_type, value, state,
        CASE WHEN abs(value) < 1e20 THEN round(value * 1e6)::HUGEINT ELSE 0::HUGEINT END AS micro,
        1 + hour(period_start) * 60 + minute(period_start) AS place
    FROM (FROM wanted WHERE contains($stat_types, stat_type::VARCHAR) UNION ALL FROM slots)
    JOIN data_item AS item ON item.id = data_item_id
)
SELECT enterprise_id, day, data_code, stat_type, count(value)::INTEGER AS known,
    (count(*) - count(value))::INTEGER AS missing, (count(value) FILTER (state = 1))::INTEGER AS estimated,
    coalesce(sum(micro), 0)::VARCHAR AS micro_sum,
    coalesce(sum(micro * place), 0)::VARCHAR AS place_sum
FROM chosen
GROUP BY ALL
ORDER BY enterprise_id, day, data_code, stat_type;
