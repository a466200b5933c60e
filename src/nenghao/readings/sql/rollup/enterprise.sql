-- Items that count in the total, by energy. Shares are the mean over the items that have a cell in the period.
INSERT INTO rollup_enterprise BY NAME
SELECT cell.period_kind, cell.enterprise_id, cell.energy_key, cell.period_start,
    sum(cell.quantity) AS quantity,
    CASE WHEN count(cell.quantity) = count(cell.tce) THEN sum(cell.tce) END AS tce,
    avg(cell.measured_ratio) AS measured_ratio, avg(cell.estimated_ratio) AS estimated_ratio,
    avg(cell.missing_ratio) AS missing_ratio, count(*) AS items,
    CASE WHEN min(cell.factor_id) = max(cell.factor_id) THEN min(cell.factor_id) END AS factor_id
FROM rollup_item AS cell
JOIN (SELECT DISTINCT enterprise_id, energy_key, date_trunc($unit, day)::TIMESTAMP AS unit_start FROM owner) AS owner
    ON owner.enterprise_id = cell.enterprise_id AND owner.energy_key = cell.energy_key
    AND owner.unit_start = date_trunc($unit, cell.period_start)
WHERE cell.counts_in_total AND list_contains($kinds, CAST(cell.period_kind AS VARCHAR))
    AND cell.period_start >= $start AND cell.period_start < $until
GROUP BY cell.period_kind, cell.enterprise_id, cell.energy_key, cell.period_start;
