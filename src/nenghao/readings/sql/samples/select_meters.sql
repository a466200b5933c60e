SELECT id, energy_key, unit, interval_s, multiplier, modulus, max_rate_per_hour, installed_at_ms, removed_at_ms
FROM meter
ORDER BY id
