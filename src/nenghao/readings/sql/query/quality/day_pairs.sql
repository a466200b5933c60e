SELECT record.enterprise_id, record.data_item_id, item.energy_key, record.day, record.value_sum AS record_value,
    slots.value_sum AS total, slots.slots::BIGINT AS parts
FROM quality_count AS record
JOIN quality_count AS slots ON slots.data_item_id = record.data_item_id AND slots.day = record.day
JOIN data_item AS item ON item.id = record.data_item_id
WHERE record.stat_type = 1 AND record.value_sum IS NOT NULL AND slots.stat_type = 0 AND slots.known = slots.slots
    AND record.day >= $start AND record.day < $end AND slots.day >= $start AND slots.day < $end
    AND record.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY record.enterprise_id, record.data_item_id, record.day;
