-- The newest batch of readings that a platform below, or a device, sent.
SELECT coalesce(max(id), 0)::BIGINT AS value
FROM batch
WHERE operation = 'uploadEnergyData' AND accepted > 0
    AND (platform_id = $platform_id::BIGINT OR device_id = $device_id::BIGINT);
