-- A record of a month or a year can stand without any day; its cell is marked by its first day, as at arrival.
INSERT INTO dirty_cell
SELECT DISTINCT data_item_id, CAST(period_start AS DATE), 0
FROM rollup_item
WHERE period_kind <> 'hour' AND data_item_id IN (SELECT id FROM changed_item);
