-- The last batch of the next window after $after: as many as hold $rows readings, at least one batch that holds any.
WITH ahead AS (
    SELECT id, accepted, sum(accepted) OVER (ORDER BY id) AS total FROM batch WHERE id > $after AND id <= $last
)
SELECT coalesce(
    max(id) FILTER (WHERE total <= $rows AND total > 0), min(id) FILTER (WHERE accepted > 0), max(id), $last
)::BIGINT AS value
FROM ahead;
