-- A page of an enterprise's energies by period, after one place.
SELECT enterprise_id, energy_key, period_start, quantity, tce, measured_ratio, estimated_ratio, missing_ratio,
    cell_state(measured_ratio, missing_ratio) AS state, items, factor_id
FROM rollup_enterprise
WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
    AND (len($energy_keys::VARCHAR[]) = 0 OR list_contains($energy_keys::VARCHAR[], energy_key))
    AND (enterprise_id > $after_enterprise OR (enterprise_id = $after_enterprise
        AND (energy_key > $after_energy OR (energy_key = $after_energy AND period_start > $after_start))))
ORDER BY enterprise_id, energy_key, period_start
LIMIT $limit;
