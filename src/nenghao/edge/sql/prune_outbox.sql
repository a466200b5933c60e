DELETE FROM outbox
WHERE start_ms < ? AND NOT EXISTS (  -- what a destination never acknowledged is kept
    SELECT 1 FROM delivery JOIN destination USING (destination_no)
    WHERE delivery.item_no = outbox.item_no AND delivery.kind = outbox.kind AND delivery.start_ms = outbox.start_ms
        AND delivery.status <> 1 AND destination.active
)
