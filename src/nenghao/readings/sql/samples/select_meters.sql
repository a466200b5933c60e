SELECT id, energy_key, unit, interval_s, multiplier, modulus, max_rate_per_hour, installed_at_ms, removed_at_ms
FROM meter
WHERE $only::INTEGER[] IS NULL OR id IN (SELECT unnest($only::INTEGER[]))
ORDER BY id
