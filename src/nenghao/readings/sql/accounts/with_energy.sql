SELECT asked.enterprise_id, asked.month
FROM asked
JOIN account_energy AS energy USING (enterprise_id, month)
WHERE energy.energy_key = $energy_key;
