SELECT enterprise_id, min(received_at) AS first_at, max(received_at) AS last_at
FROM batch
WHERE id > $after_batch AND accepted > 0 AND (device_id IS NOT NULL OR platform_id IS NOT NULL) AND operation = 'uploadEnergyData'
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
GROUP BY enterprise_id
ORDER BY enterprise_id;
