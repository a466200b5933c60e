SELECT count(*) FROM (SELECT DISTINCT enterprise_id, month FROM account_stale);
