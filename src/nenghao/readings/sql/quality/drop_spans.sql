DELETE FROM quality_span WHERE data_item_id IN (SELECT data_item_id FROM widened);
