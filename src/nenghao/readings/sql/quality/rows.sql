-- Every version of the readings of a chunk of items: place is row × slots + slot. NaN where there is no value.
SELECT wanted.row * $slots + (epoch(r.period_start)::BIGINT - $first_s) // $slot_s AS place,
    r.version, coalesce(r.value, 'nan'::DOUBLE) AS value, r.state, r.input_type, r.batch_id,
    coalesce(r.start_offset_s, 0) AS start_offset_s
FROM reading AS r
JOIN wanted ON wanted.id = r.data_item_id
WHERE r.stat_type = $stat_type AND r.period_start >= $from AND r.period_start < $until;
