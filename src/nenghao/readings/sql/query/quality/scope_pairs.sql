SELECT enterprise_id, energy_key, day, plant_quantity AS record_value, process_quantity AS total
FROM scope_days($start::DATE, $end::DATE, $enterprise_ids::BIGINT[])
WHERE plant_tce IS NOT NULL AND process_tce IS NOT NULL
ORDER BY enterprise_id, energy_key, day;
