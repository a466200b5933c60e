-- What is still there of a cell is what it came out as.
INSERT INTO rollup_item BY NAME
SELECT fresh.*
FROM fresh
ANTI JOIN (
    SELECT period_kind, data_item_id, period_start
    FROM rollup_item
    WHERE list_contains($kinds, CAST(period_kind AS VARCHAR)) AND period_start >= $start AND period_start < $until
) AS cell USING (period_kind, data_item_id, period_start);
