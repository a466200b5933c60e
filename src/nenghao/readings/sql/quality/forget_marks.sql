DELETE FROM unchecked_cell WHERE data_item_id IN (SELECT data_item_id FROM noted);
