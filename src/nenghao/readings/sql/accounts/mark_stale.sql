-- In the rollups' transaction: the months of the enterprises whose cells it changed.
INSERT INTO account_stale
SELECT enterprise_id, month, nextval('account_stale_version')
FROM (
    SELECT DISTINCT enterprise_id, date_trunc('month', day)::DATE AS month FROM owner WHERE energy_key <> ''
);
