-- The current version of every reading, by enterprise, data code, statistic type and period start (Beijing wall time).
SELECT item.enterprise_id, item.data_code, reading.stat_type, reading.period_start, reading.value, reading.state, reading.input_type
FROM reading JOIN data_item AS item ON item.id = reading.data_item_id
QUALIFY row_number() OVER (PARTITION BY data_item_id, stat_type, period_start ORDER BY version DESC) = 1
