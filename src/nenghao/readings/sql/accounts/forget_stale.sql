-- What was marked after this transaction began is not seen here and stays.
DELETE FROM account_stale AS stale USING asked
WHERE stale.enterprise_id = asked.enterprise_id AND stale.month = asked.month;
