DELETE FROM rollup_item AS cell
WHERE cell.period_kind = $kind
    AND cell.period_start = date_trunc($kind, $month)
    AND cell.data_item_id IN (SELECT data_item_id FROM touched);
