DELETE FROM data_item WHERE id IN (SELECT id FROM given);
