-- By energy over enterprises and months: known quantities and both bases; how many months lack one.
SELECT energy_key, sum(net) AS net, sum(tce_calorific) AS tce_calorific, sum(tce_equivalent) AS tce_equivalent,
    count(*) FILTER (tce_calorific IS NULL) AS unknown_calorific,
    count(*) FILTER (tce_equivalent IS NULL) AS unknown_equivalent,
    avg(measured_ratio) AS measured_ratio, avg(missing_ratio) AS missing_ratio,
    count(DISTINCT enterprise_id) AS enterprises, bool_or(status = 'unverified') AS is_unverified
FROM account_energy
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month >= $start AND month < $end
GROUP BY energy_key
ORDER BY sum(tce_calorific) DESC NULLS LAST, energy_key;
