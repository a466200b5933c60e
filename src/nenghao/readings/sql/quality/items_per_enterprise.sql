SELECT enterprise_id, count(*) AS items
FROM data_item
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY enterprise_id
ORDER BY enterprise_id;
