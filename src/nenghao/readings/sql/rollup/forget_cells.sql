-- Sees what this transaction sees: a mark that commits later stays.
DELETE FROM dirty_cell AS dirty
USING touched
WHERE dirty.data_item_id = touched.data_item_id AND dirty.day = touched.day;
