-- Sums of doubles are several times faster than of integers, and exact for counts.
-- By enterprise, and by month where $by_month (else the whole range is one "month", named by its first day).
WITH chosen AS (
    SELECT *, CASE WHEN $by_month THEN date_trunc('month', day)::DATE ELSE $start::DATE END AS month
    FROM quality_count
    WHERE day >= $start AND day < $end AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
),
points AS (
    SELECT enterprise_id, month, data_item_id, bool_and(meter_valid) FILTER (due > 0) AS meter_valid,
        sum(due::DOUBLE)::BIGINT AS records_due, sum(received::DOUBLE)::BIGINT AS records_received, sum(on_time::DOUBLE)::BIGINT AS records_on_time,
        sum(good::DOUBLE)::BIGINT AS records_good, sum(unknown::DOUBLE)::BIGINT AS records_unknown, sum(suspect::DOUBLE)::BIGINT AS records_suspect,
        sum(fail::DOUBLE)::BIGINT AS records_fail, sum(missing::DOUBLE)::BIGINT AS records_missing,
        sum(estimated::DOUBLE)::BIGINT AS records_estimated, sum(by_hand::DOUBLE)::BIGINT AS records_by_hand,
        coalesce(sum(received::DOUBLE) FILTER (stat_type = 1), 0) AS day_starts,
        coalesce(sum(aligned::DOUBLE) FILTER (stat_type = 1), 0) AS aligned_days,
        coalesce(sum(received::DOUBLE) FILTER (stat_type = 2), 0) AS month_starts,
        coalesce(sum(aligned::DOUBLE) FILTER (stat_type = 2), 0) AS aligned_months
    FROM chosen
    GROUP BY enterprise_id, month, data_item_id
),
summed AS (
    SELECT enterprise_id, month, count_if(records_due > 0) AS points_due, count_if(records_received > 0) AS points_received,
        count(meter_valid) AS points_with_meter, count(*) FILTER (meter_valid) AS points_meter_valid,
        sum(records_due)::BIGINT AS records_due, sum(records_received)::BIGINT AS records_received,
        sum(records_on_time)::BIGINT AS records_on_time, sum(records_good)::BIGINT AS records_good,
        sum(records_unknown)::BIGINT AS records_unknown, sum(records_suspect)::BIGINT AS records_suspect,
        sum(records_fail)::BIGINT AS records_fail, sum(records_missing)::BIGINT AS records_missing,
        sum(records_estimated)::BIGINT AS records_estimated, sum(records_by_hand)::BIGINT AS records_by_hand,
        sum(day_starts)::BIGINT AS day_starts_compared, sum(aligned_days)::BIGINT AS day_starts_aligned,
        sum(month_starts)::BIGINT AS month_starts_compared, sum(aligned_months)::BIGINT AS month_starts_aligned
    FROM points
    GROUP BY enterprise_id, month
),
days AS (
    SELECT enterprise_id, month, count_if(due > 0) AS days_due, count_if(on_time > 0) AS days_online
    FROM (
        SELECT enterprise_id, month, day, max(due) AS due, max(on_time) AS on_time
        FROM chosen
        WHERE stat_type < 2
        GROUP BY enterprise_id, month, day
    )
    GROUP BY enterprise_id, month
),
log AS (
    SELECT enterprise_id,
        CASE WHEN $by_month THEN date_trunc('month', received_at)::DATE ELSE $start::DATE END AS month,
        sum(rejected)::BIGINT AS rejected, sum(accepted)::BIGINT AS accepted
    FROM batch
    WHERE received_at >= $start::TIMESTAMP AND received_at < $end::TIMESTAMP AND source = 'upload'
        AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
    GROUP BY ALL
),
months AS (
    SELECT enterprise_id, CASE WHEN $by_month THEN item.month ELSE $start::DATE END AS month, count(*) AS compared,
        count_if(consistent) AS consistent
    FROM item_months($start::DATE, $end::DATE, $enterprise_ids::BIGINT[], $month_limit_ratio) AS item
    GROUP BY ALL
),
balance AS (
    SELECT enterprise_id, CASE WHEN $by_month THEN date_trunc('month', day)::DATE ELSE $start::DATE END AS month,
        sum(plant_tce) AS plant_tce, sum(process_tce) AS process_tce
    FROM scope_days($start::DATE, $end::DATE, $enterprise_ids::BIGINT[])
    WHERE plant_tce IS NOT NULL AND process_tce IS NOT NULL
    GROUP BY ALL
)
SELECT summed.*, coalesce(days.days_due, 0)::BIGINT AS days_due, coalesce(days.days_online, 0)::BIGINT AS days_online,
    coalesce(log.rejected, 0)::BIGINT AS records_rejected, coalesce(log.accepted, 0)::BIGINT AS records_accepted,
    balance.plant_tce, balance.process_tce, coalesce(months.compared, 0)::BIGINT AS months_compared,
    coalesce(months.consistent, 0)::BIGINT AS months_consistent
FROM summed
LEFT JOIN days USING (enterprise_id, month)
LEFT JOIN log USING (enterprise_id, month)
LEFT JOIN months USING (enterprise_id, month)
LEFT JOIN balance USING (enterprise_id, month)
ORDER BY enterprise_id, month;
