-- Write an answer down: :answers is a JSON list of [item_no, kind, start_ms, version, status, reason].
-- A value that got a newer version meanwhile stays pending.
UPDATE delivery SET status = answer.status, version = answer.version, reason = answer.reason
FROM (
    SELECT json_extract(value, '$[0]') AS item_no, json_extract(value, '$[1]') AS kind,
           json_extract(value, '$[2]') AS start_ms, json_extract(value, '$[3]') AS version,
           json_extract(value, '$[4]') AS status, json_extract(value, '$[5]') AS reason
    FROM json_each(:answers)
) AS answer
JOIN outbox ON outbox.item_no = answer.item_no AND outbox.kind = answer.kind
    AND outbox.start_ms = answer.start_ms AND outbox.version = answer.version
WHERE delivery.destination_no = :destination_no AND delivery.item_no = answer.item_no
    AND delivery.kind = answer.kind AND delivery.start_ms = answer.start_ms
