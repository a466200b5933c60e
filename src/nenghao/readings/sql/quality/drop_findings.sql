DELETE FROM quality_finding AS present
USING looked
WHERE NOT present.is_comparison AND present.stat_type = $stat_type
    AND present.period_start >= $start AND present.period_start < $end AND present.data_item_id = looked.id;
