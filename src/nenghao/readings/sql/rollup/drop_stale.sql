-- Of the touched cells those that came out differently, or not at all: most hours of a day do not change when a quarter
-- of an hour is added, and every deleted row costs memory until the next clearing (housekeeping.py).
DELETE FROM rollup_item
WHERE rowid IN (
    SELECT cell.rowid
    FROM rollup_item AS cell
    JOIN (SELECT DISTINCT data_item_id, date_trunc($unit, day)::TIMESTAMP AS unit_start FROM touched) AS touched
        ON touched.data_item_id = cell.data_item_id AND touched.unit_start = date_trunc($unit, cell.period_start)
    ANTI JOIN fresh
        ON fresh.period_kind = cell.period_kind AND fresh.data_item_id = cell.data_item_id
        AND fresh.period_start = cell.period_start
        AND fresh.quantity IS NOT DISTINCT FROM cell.quantity AND fresh.tce IS NOT DISTINCT FROM cell.tce
        AND fresh.measured_ratio = cell.measured_ratio AND fresh.estimated_ratio = cell.estimated_ratio
        AND fresh.missing_ratio = cell.missing_ratio AND fresh.source_stat_type = cell.source_stat_type
        AND fresh.factor_id IS NOT DISTINCT FROM cell.factor_id AND fresh.enterprise_id = cell.enterprise_id
        AND fresh.energy_key = cell.energy_key AND fresh.counts_in_total = cell.counts_in_total
    WHERE list_contains($kinds, CAST(cell.period_kind AS VARCHAR))
        AND cell.period_start >= $start AND cell.period_start < $until
);
