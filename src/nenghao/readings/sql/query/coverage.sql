WITH item AS (
    SELECT id, enterprise_id FROM data_item
    WHERE counts_in_total AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
),
present AS (
    SELECT data_item_id, sum(measured_ratio) AS measured, sum(estimated_ratio) AS estimated
    FROM rollup_item
    WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end
        AND data_item_id IN (SELECT id FROM item)
    GROUP BY data_item_id
),
first_day AS (
    SELECT data_item_id, min(period_start) AS start
    FROM rollup_item
    WHERE period_kind = 'day' AND data_item_id IN (SELECT id FROM item)
    GROUP BY data_item_id
),
due AS (
    SELECT item.id, item.enterprise_id,
        greatest(0, date_diff($kind, greatest(first_day.start, $start::TIMESTAMP), $end::TIMESTAMP)) AS slots
    FROM item
    JOIN first_day ON first_day.data_item_id = item.id
)
SELECT due.enterprise_id, sum(due.slots)::DOUBLE AS due, coalesce(sum(present.measured), 0) AS measured,
    coalesce(sum(present.estimated), 0) AS estimated
FROM due
LEFT JOIN present ON present.data_item_id = due.id
GROUP BY due.enterprise_id
ORDER BY due.enterprise_id;
