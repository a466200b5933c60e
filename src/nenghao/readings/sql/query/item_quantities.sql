SELECT enterprise_id, data_item_id, period_start, quantity
FROM rollup_item
WHERE period_kind = $kind::period_kind AND period_start >= $start AND period_start < $end AND quantity IS NOT NULL
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
    AND data_item_id IN (SELECT unnest($data_item_ids::BIGINT[]))
ORDER BY data_item_id, period_start;
