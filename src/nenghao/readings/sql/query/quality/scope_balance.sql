SELECT enterprise_id, energy_key, day, plant_quantity, process_quantity, plant_tce, process_tce
FROM scope_days($start::DATE, $end::DATE, $enterprise_ids::BIGINT[])
ORDER BY enterprise_id, energy_key, day;
