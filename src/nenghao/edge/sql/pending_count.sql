SELECT COUNT(*)
FROM delivery AS waiting JOIN destination_kind USING (item_no, kind, destination_no)
WHERE waiting.status = 0 AND waiting.destination_no = :destination_no
    AND waiting.start_ms < CASE waiting.kind WHEN 3 THEN :month_ms WHEN 4 THEN :year_ms ELSE :day_ms END
