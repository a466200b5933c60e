-- Six real-time values a day, at the hours whose number goes with the day's by four.
SELECT wanted.row * $slots + date_diff('day', $from::DATE, r.period_start::DATE) * 6 + hour(r.period_start) // 4 AS place,
    r.version, coalesce(r.value, 'nan'::DOUBLE) AS value
FROM reading AS r
JOIN wanted ON wanted.id = r.data_item_id
WHERE r.stat_type = 0 AND r.period_start >= $from AND r.period_start < $until AND minute(r.period_start) = 0
    AND (hour(r.period_start) + date_diff('day', DATE '1970-01-01', r.period_start::DATE)) % 4 = 0;
