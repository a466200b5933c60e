-- Counts and a fingerprint by enterprise and day, made of the counts and sums of its items.
SELECT enterprise_id, day, sum(known)::INTEGER AS known, sum(missing)::INTEGER AS missing,
    md5(string_agg(concat_ws('|', data_code, stat_type, known, estimated, micro_sum, place_sum), ';'
        ORDER BY data_code, stat_type) FILTER (known > 0)) AS fingerprint
FROM (
{{query/chain/digest_items}}
)
GROUP BY enterprise_id, day
ORDER BY enterprise_id, day;
