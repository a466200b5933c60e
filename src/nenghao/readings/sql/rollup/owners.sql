INSERT INTO owner
SELECT DISTINCT item.enterprise_id, item.energy_key, touched.day
FROM touched
JOIN data_item AS item ON item.id = touched.data_item_id;
