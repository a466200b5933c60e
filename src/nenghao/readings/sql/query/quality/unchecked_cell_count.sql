SELECT (SELECT count(*) FROM unchecked_cell) + (SELECT count(*) FROM unchecked_block) AS value;
