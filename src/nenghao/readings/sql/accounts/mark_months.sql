-- Somebody says so: accounts that exist or not.
INSERT INTO account_stale
SELECT enterprise_id, month, nextval('account_stale_version') FROM given;
