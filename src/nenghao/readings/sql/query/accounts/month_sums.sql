-- By month and energy over enterprises: what is known of both bases, and how many accounts lack one.
SELECT month, energy_key, sum(net) AS net, sum(tce_calorific) AS tce_calorific, sum(tce_equivalent) AS tce_equivalent,
    count(*) FILTER (tce_calorific IS NULL) AS unknown_calorific,
    count(*) FILTER (tce_equivalent IS NULL) AS unknown_equivalent,
    count(*) AS enterprises, bool_or(status = 'unverified') AS is_unverified
FROM account_energy
WHERE enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])) AND month >= $start AND month < $end
GROUP BY month, energy_key
ORDER BY month, energy_key;
