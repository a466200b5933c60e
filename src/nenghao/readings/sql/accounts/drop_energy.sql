DELETE FROM account_energy AS row USING changed
WHERE row.enterprise_id = changed.enterprise_id AND row.month = changed.month;
