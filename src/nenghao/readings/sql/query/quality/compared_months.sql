SELECT data_item_id, enterprise_id, month, record_value, days_value, consistent
FROM item_months($start::DATE, $end::DATE, $enterprise_ids::BIGINT[], $month_limit_ratio)
ORDER BY data_item_id, month;
