-- The intervals of meters that make an item alone: their history is the item's.
INSERT INTO interval (meter_no, kind, start_ms, end_ms, value, state)
SELECT only.meter_no, json_extract(row.value, '$[1]'), json_extract(row.value, '$[2]'),
       json_extract(row.value, '$[3]'), json_extract(row.value, '$[4]'), json_extract(row.value, '$[5]')
FROM json_each(:rows) AS row
JOIN item ON item.data_code = json_extract(row.value, '$[0]')
JOIN (
    SELECT item_no, MIN(meter_no) AS meter_no FROM item_meter GROUP BY item_no HAVING COUNT(*) = 1 AND MIN(sign) = 1
) AS only ON only.item_no = item.item_no
WHERE TRUE
ON CONFLICT (meter_no, kind, start_ms) DO NOTHING
