SELECT r.version, r.value, r.state, r.input_type, r.batch_id, batch.received_at, batch.source, batch.device_id,
    batch.author, batch.reason, coalesce(batch.method, '') AS method, coalesce(batch.approved_by, '') AS approved_by,
    coalesce(r.start_offset_s, 0) AS start_offset_s
FROM reading AS r
JOIN batch ON batch.id = r.batch_id
JOIN data_item AS item ON item.id = r.data_item_id
WHERE r.data_item_id = $data_item_id AND r.stat_type = $stat_type AND r.period_start = $period_start
    AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY r.version DESC;
