INSERT INTO destination VALUES (1, '', 1);
INSERT INTO destination_word
SELECT 1, key, value FROM meta
WHERE key IN (
    'upload_state', 'upload_message', 'device_id', 'secret_key', 'upload_time', 'client_id', 'reg_version', 'dic_version',
    'base_data', 'config_sent', 'readings_uploaded', 'readings_acknowledged', 'load_dic_version_url', 'center_info_url',
    'center_data_url', 'center_metering_data_url', 'download_base_data_url'
);
DELETE FROM meta WHERE key IN (SELECT key FROM destination_word) OR key = 'config_applied';
INSERT INTO outbox (item_no, kind, start_ms, value, state, version)
SELECT item_no, COALESCE(kind, stat_type + (stat_type > 0)), start_ms, value, state, version
FROM outbox_1 LEFT JOIN item_kind_1 USING (item_no, stat_type);
INSERT INTO delivery (destination_no, item_no, kind, start_ms, status, version, reason)
SELECT 1, item_no, COALESCE(kind, stat_type + (stat_type > 0)), start_ms, status, sent_version, reason
FROM outbox_1 LEFT JOIN item_kind_1 USING (item_no, stat_type);
DROP TABLE outbox_1;
DROP TABLE item_kind_1;
