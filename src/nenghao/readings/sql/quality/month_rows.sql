-- The same for slots that are months.
SELECT wanted.row * $slots + date_diff('month', $from::TIMESTAMP, r.period_start) AS place,
    r.version, coalesce(r.value, 'nan'::DOUBLE) AS value, r.state, r.input_type, r.batch_id,
    coalesce(r.start_offset_s, 0) AS start_offset_s
FROM reading AS r
JOIN wanted ON wanted.id = r.data_item_id
WHERE r.stat_type = $stat_type AND r.period_start >= $from AND r.period_start < $until;
