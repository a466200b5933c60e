INSERT INTO account_line BY NAME
SELECT row.* FROM new_line AS row JOIN changed USING (enterprise_id, month)
ORDER BY month, enterprise_id;
