INSERT INTO dirty_cell
SELECT DISTINCT cell.data_item_id, CAST(cell.period_start AS DATE), 0
FROM rollup_item AS cell
JOIN changed_factor AS changed
    ON changed.energy_key = cell.energy_key
    AND cell.period_start >= changed.valid_from
    AND (changed.valid_until IS NULL OR cell.period_start < changed.valid_until)
WHERE cell.period_kind <> 'hour';
