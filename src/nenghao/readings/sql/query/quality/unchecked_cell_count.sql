SELECT count(*) AS value FROM unchecked_cell;
