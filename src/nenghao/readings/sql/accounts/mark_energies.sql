-- The accounts in which one of these energies stands, and from which month on.
INSERT INTO account_stale
SELECT enterprise_id, month, nextval('account_stale_version')
FROM (
    SELECT DISTINCT line.enterprise_id, line.month
    FROM account_line AS line
    JOIN given ON given.energy_key = line.energy_key AND line.month >= given.start
        AND (given.until IS NULL OR line.month < given.until)
);
