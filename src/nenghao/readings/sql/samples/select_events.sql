SELECT meter_id, at_ms, final_register, initial_register, multiplier
FROM meter_event
WHERE $only::INTEGER[] IS NULL OR meter_id IN (SELECT unnest($only::INTEGER[]))
ORDER BY meter_id, at_ms
