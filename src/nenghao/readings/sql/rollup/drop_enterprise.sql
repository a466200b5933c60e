DELETE FROM rollup_enterprise AS cell
USING (SELECT DISTINCT enterprise_id, energy_key, date_trunc($unit, day)::TIMESTAMP AS unit_start FROM owner) AS owner
WHERE list_contains($kinds, CAST(cell.period_kind AS VARCHAR))
    AND cell.period_start >= $start AND cell.period_start < $until
    AND cell.enterprise_id = owner.enterprise_id AND cell.energy_key = owner.energy_key
    AND date_trunc($unit, cell.period_start) = owner.unit_start;
