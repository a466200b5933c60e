WITH chosen AS (
    SELECT * FROM quality_count
    WHERE day >= $start AND day < $end AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
),
months AS (
    FROM item_months($start::DATE, $end::DATE, $enterprise_ids::BIGINT[], $month_limit_ratio)
),
counted AS (
    SELECT data_item_id, enterprise_id,
        count(DISTINCT day) FILTER (due > 0 AND stat_type < 2) AS days_due,
        count(DISTINCT day) FILTER (on_time > 0 AND stat_type < 2) AS days_online,
        bool_and(meter_valid) FILTER (due > 0) AS meter_valid,
        sum(due)::BIGINT AS records_due, sum(received)::BIGINT AS records_received, sum(on_time)::BIGINT AS records_on_time,
        sum(good)::BIGINT AS records_good, sum(unknown)::BIGINT AS records_unknown, sum(suspect)::BIGINT AS records_suspect,
        sum(fail)::BIGINT AS records_fail, sum(missing)::BIGINT AS records_missing,
        sum(estimated)::BIGINT AS records_estimated, sum(by_hand)::BIGINT AS records_by_hand,
        coalesce(sum(received) FILTER (stat_type = 1), 0)::BIGINT AS day_starts_compared,
        coalesce(sum(aligned) FILTER (stat_type = 1), 0)::BIGINT AS day_starts_aligned,
        coalesce(sum(received) FILTER (stat_type = 2), 0)::BIGINT AS month_starts_compared,
        coalesce(sum(aligned) FILTER (stat_type = 2), 0)::BIGINT AS month_starts_aligned
    FROM chosen
    GROUP BY data_item_id, enterprise_id
)
SELECT counted.*, coalesce(months.compared, 0)::BIGINT AS months_compared,
    coalesce(months.consistent, 0)::BIGINT AS months_consistent
FROM counted
LEFT JOIN (
    SELECT data_item_id, count(*) AS compared, count_if(consistent) AS consistent FROM months GROUP BY data_item_id
) AS months USING (data_item_id)
ORDER BY enterprise_id, data_item_id;
