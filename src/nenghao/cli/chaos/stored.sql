-- The current value of every reading.
SELECT item.enterprise_id, item.data_code, reading.stat_type, reading.period_start, arg_max(reading.value, reading.version)
FROM reading JOIN data_item AS item ON item.id = reading.data_item_id
GROUP BY ALL
