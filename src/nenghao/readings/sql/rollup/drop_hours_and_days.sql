DELETE FROM rollup_item AS cell
USING touched
WHERE cell.period_kind IN ('hour', 'day')
    AND cell.period_start >= $month AND cell.period_start < $month + INTERVAL 1 MONTH
    AND cell.data_item_id = touched.data_item_id
    AND CAST(cell.period_start AS DATE) = touched.day;
