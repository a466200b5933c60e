DELETE FROM quality_count AS present
USING looked
WHERE present.stat_type = $stat_type AND present.day >= $start::DATE AND present.day < $end::DATE
    AND present.data_item_id = looked.id;
