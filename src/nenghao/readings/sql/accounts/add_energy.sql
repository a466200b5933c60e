INSERT INTO account_energy BY NAME
SELECT row.* FROM new_energy AS row JOIN changed USING (enterprise_id, month)
ORDER BY month, enterprise_id;
