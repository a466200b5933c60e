SELECT pair.enterprise_id, pair.data_item_id, item.energy_key, pair.month AS day, pair.record_value,
    pair.days_value AS total, day(last_day(pair.month)) AS parts
FROM item_months($start::DATE, $end::DATE, $enterprise_ids::BIGINT[], 0) AS pair
JOIN data_item AS item ON item.id = pair.data_item_id
ORDER BY pair.enterprise_id, pair.data_item_id, pair.month;
