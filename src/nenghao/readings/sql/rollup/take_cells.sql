-- Newest day first; an enterprise's items together, so that its totals are summed once and not in every pass.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT dirty.data_item_id, dirty.day
FROM dirty_cell AS dirty
JOIN data_item AS item ON item.id = dirty.data_item_id
WHERE dirty.version <= $version AND dirty.day >= $month::DATE AND dirty.day < $month::DATE + INTERVAL 1 MONTH
ORDER BY dirty.day DESC, dirty.data_item_id
LIMIT $cells;
