SELECT factor_id, energy_key, valid_from, valid_until, kgce_per_unit
FROM factor
WHERE energy_key IN (SELECT unnest($energy_keys::VARCHAR[]))
    AND valid_from < $end::DATE AND (valid_until IS NULL OR valid_until > $start::DATE)
ORDER BY energy_key, valid_from;
