-- How many (item, day) cells wait to be rolled up.
SELECT count(*) AS value FROM dirty_cell
