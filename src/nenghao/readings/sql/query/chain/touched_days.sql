SELECT DISTINCT item.enterprise_id, r.period_start::DATE AS day
FROM reading AS r
JOIN data_item AS item ON item.id = r.data_item_id
WHERE r.batch_id > $after AND r.batch_id <= $until AND r.period_start < $end
    AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY day, item.enterprise_id;
