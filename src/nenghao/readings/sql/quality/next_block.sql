-- The newest block with marks, and the enterprises to look at in it.
WITH newest AS (
    SELECT stat_type, start FROM unchecked_block ORDER BY start DESC, stat_type LIMIT 1
)
SELECT stat_type, start, max(version) AS version, list(DISTINCT enterprise_id ORDER BY enterprise_id) AS enterprise_ids
FROM unchecked_block
JOIN newest USING (stat_type, start)
GROUP BY ALL;
