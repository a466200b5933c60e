INSERT INTO quality_span BY NAME
SELECT data_item_id, first_day, $last::DATE AS last_day, first_realtime, first_month FROM silent;
