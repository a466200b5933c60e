-- What the marks say of each item's days, for items that the store knows; marks of others wait.
CREATE OR REPLACE TEMP TABLE noted AS
SELECT mark.data_item_id, any_value(item.enterprise_id) AS enterprise_id,
    min(mark.day) FILTER (mark.stat_type < 2) AS low, max(mark.day) FILTER (mark.stat_type < 2) AS high,
    min(mark.day) FILTER (mark.stat_type = 0) AS realtime, min(mark.day) FILTER (mark.stat_type >= 2) AS month, max(mark.version) AS version
FROM unchecked_cell AS mark
JOIN data_item AS item ON item.id = mark.data_item_id
GROUP BY mark.data_item_id;
