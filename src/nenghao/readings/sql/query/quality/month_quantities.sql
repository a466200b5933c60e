WITH item AS (
    SELECT id, enterprise_id, energy_key FROM data_item
    WHERE counts_in_total AND active AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
),
record AS (
    SELECT data_item_id, day AS month, value_sum FROM quality_count
    WHERE stat_type = 2 AND day >= $start AND last_day(day) < $end AND value_sum IS NOT NULL
        AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
),
days AS (
    SELECT data_item_id, date_trunc('month', day)::DATE AS month, sum(quantity) AS total
    FROM item_days($start::DATE, $end::DATE, $enterprise_ids::BIGINT[])
    GROUP BY ALL
    HAVING count(quantity) = any_value(day(last_day(day)))
),
month AS (
    SELECT DISTINCT month FROM (SELECT month FROM record UNION SELECT month FROM days)
)
SELECT item.enterprise_id, item.energy_key, month.month AS day, sum(coalesce(record.value_sum, days.total)) AS quantity
FROM item
CROSS JOIN month
LEFT JOIN record ON record.data_item_id = item.id AND record.month = month.month
LEFT JOIN days ON days.data_item_id = item.id AND days.month = month.month
GROUP BY ALL
HAVING count(coalesce(record.value_sum, days.total)) = count(*)
ORDER BY ALL;
