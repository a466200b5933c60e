-- What every batch left in the store, to be compared with what was acknowledged.
SELECT r.batch_id, count(*) AS readings, count(DISTINCT (r.data_item_id, r.period_start)) AS keys,
    min(r.period_start) AS first_start, max(r.period_start) AS last_start, sum(r.value) AS total,
    any_value(item.enterprise_id) AS enterprise_id
FROM reading AS r
JOIN data_item AS item ON item.id = r.data_item_id
GROUP BY r.batch_id;
