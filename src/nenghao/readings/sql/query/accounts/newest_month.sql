SELECT max(month) AS month FROM account_month
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month < $before;
