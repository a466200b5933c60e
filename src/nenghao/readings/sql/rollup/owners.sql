-- Whose totals are summed again: the owners of the cells touched before this pass, since totals that lose an item must be
-- summed too, and those of today. One query, for the reason told in fresh.sql.
CREATE OR REPLACE TEMP TABLE owner AS
SELECT cell.enterprise_id, cell.energy_key, touched.day
FROM rollup_item AS cell
JOIN touched ON touched.data_item_id = cell.data_item_id AND touched.day = CAST(cell.period_start AS DATE)
WHERE cell.period_kind <> 'hour'
    AND cell.period_start >= $start AND cell.period_start < $until
UNION
SELECT item.enterprise_id, item.energy_key, touched.day
FROM touched
JOIN data_item AS item ON item.id = touched.data_item_id;
