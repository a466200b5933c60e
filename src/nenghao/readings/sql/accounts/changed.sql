-- The months whose account differs from the stored one in any row.
CREATE OR REPLACE TEMP TABLE changed AS
WITH fresh AS (
    SELECT enterprise_id, month, hash(row) AS digest FROM new_line AS row
    UNION ALL SELECT enterprise_id, month, hash(row) FROM new_energy AS row
    UNION ALL SELECT enterprise_id, month, hash(row) FROM new_month AS row
),
kept AS (
    SELECT row.enterprise_id, row.month, hash(row) AS digest
    FROM account_line AS row JOIN asked USING (enterprise_id, month)
    UNION ALL
    SELECT row.enterprise_id, row.month, hash(row)
    FROM account_energy AS row JOIN asked USING (enterprise_id, month)
    UNION ALL
    SELECT row.enterprise_id, row.month, hash(row)
    FROM (SELECT * EXCLUDE (mark, computed_at) FROM account_month) AS row JOIN asked USING (enterprise_id, month)
),
now AS (SELECT enterprise_id, month, sum(digest) AS digest FROM fresh GROUP BY ALL),
before AS (SELECT enterprise_id, month, sum(digest) AS digest FROM kept GROUP BY ALL)
SELECT enterprise_id, month
FROM now
FULL JOIN before USING (enterprise_id, month)
WHERE now.digest IS DISTINCT FROM before.digest;
