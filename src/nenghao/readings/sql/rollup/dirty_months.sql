-- A cell of an item that the store does not know yet waits for put_items.
SELECT date_trunc('month', day)::TIMESTAMP AS month, max(version) AS version
FROM dirty_cell
WHERE data_item_id IN (SELECT id FROM data_item)
GROUP BY month
ORDER BY month DESC;
