SELECT min(r.period_start)::DATE AS first_day, max(r.period_start)::DATE AS last_day
FROM reading AS r
JOIN data_item AS item ON item.id = r.data_item_id
WHERE item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
