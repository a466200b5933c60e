-- Enterprise totals that lose an item must be summed again too, hence the owners before and after.
INSERT INTO owner
SELECT DISTINCT cell.enterprise_id, cell.energy_key, touched.day
FROM rollup_item AS cell
JOIN touched ON touched.data_item_id = cell.data_item_id AND touched.day = CAST(cell.period_start AS DATE)
WHERE cell.period_kind <> 'hour'
    AND cell.period_start >= $start AND cell.period_start < $until;
