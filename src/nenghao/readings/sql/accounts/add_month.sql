INSERT INTO account_month BY NAME
SELECT row.*, $mark AS mark, $now::TIMESTAMP AS computed_at
FROM new_month AS row JOIN changed USING (enterprise_id, month)
ORDER BY month, enterprise_id;
