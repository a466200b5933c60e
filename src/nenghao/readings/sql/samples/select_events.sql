SELECT meter_id, at_ms, final_register, initial_register, multiplier
FROM meter_event
ORDER BY meter_id, at_ms
