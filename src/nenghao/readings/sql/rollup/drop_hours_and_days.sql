DELETE FROM rollup_item AS cell
USING touched
WHERE cell.period_kind IN ('hour', 'day')
    AND cell.period_start >= $start AND cell.period_start < $until
    AND cell.data_item_id = touched.data_item_id
    AND CAST(cell.period_start AS DATE) = touched.day;
