-- What stands there as it stands here is acknowledged; where the ledger has another value, that is sent.
UPDATE delivery SET status = 1, version = held.version, reason = ''
FROM (
    SELECT outbox.item_no, outbox.kind, outbox.start_ms, outbox.version
    FROM json_each(:rows) AS row
    JOIN item ON item.data_code = json_extract(row.value, '$[0]')
    JOIN outbox ON outbox.item_no = item.item_no AND outbox.kind = json_extract(row.value, '$[1]')
        AND outbox.start_ms = json_extract(row.value, '$[2]')
    WHERE outbox.state = json_extract(row.value, '$[5]')
        AND ABS(outbox.value - json_extract(row.value, '$[4]')) <= 1e-9 * MAX(ABS(outbox.value), 1.0)
) AS held
WHERE delivery.destination_no = :destination_no AND delivery.item_no = held.item_no
    AND delivery.kind = held.kind AND delivery.start_ms = held.start_ms
