-- Take over what a platform holds: :rows is a JSON list of [data_code, kind, start_ms, end_ms, value, state].
-- What the ledger has already is left alone: its own meters know better.
INSERT INTO outbox (item_no, kind, start_ms, value, state)
SELECT item.item_no, json_extract(row.value, '$[1]'), json_extract(row.value, '$[2]'),
       json_extract(row.value, '$[4]'), json_extract(row.value, '$[5]')
FROM json_each(:rows) AS row JOIN item ON item.data_code = json_extract(row.value, '$[0]')
WHERE TRUE
ON CONFLICT (item_no, kind, start_ms) DO NOTHING
