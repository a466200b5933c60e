-- The rolled-up days of every item.
SELECT item.enterprise_id, item.data_code, CAST(day.period_start AS DATE), day.quantity
FROM rollup_item AS day JOIN data_item AS item ON item.id = day.data_item_id
WHERE day.period_kind = 'day'
