-- Items of the enterprises that ever sent something, an enterprise's together.
SELECT item.id, item.enterprise_id, item.energy_key, item.realtime_minutes, item.stat_types, item.active,
    coalesce(item.value_min, 'nan'::DOUBLE) AS value_min, coalesce(item.value_max, 'nan'::DOUBLE) AS value_max,
    item.may_be_negative, span.first_day, span.first_realtime, span.first_month
FROM data_item AS item
JOIN quality_span AS span ON span.data_item_id = item.id
WHERE item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
ORDER BY item.enterprise_id, item.id;
