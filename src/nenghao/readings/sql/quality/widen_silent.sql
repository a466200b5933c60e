-- Everybody's days until $last were looked at; days between are marked for those who were not looked at for longer.
CREATE OR REPLACE TEMP TABLE silent AS
SELECT span.data_item_id, item.enterprise_id, span.first_day, span.last_day, span.first_realtime, span.first_month
FROM quality_span AS span
JOIN data_item AS item ON item.id = span.data_item_id
WHERE span.last_day < $last AND item.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
