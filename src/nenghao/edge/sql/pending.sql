SELECT item.data_code, outbox.stat_type, outbox.start_ms, outbox.value, outbox.state, outbox.version,
       outbox.sent_version, outbox.item_no
FROM outbox JOIN item USING (item_no)
WHERE status = 0 AND EXISTS (  -- an item that was taken out of the configuration is not sent
    SELECT 1 FROM item_kind WHERE item_kind.item_no = outbox.item_no AND item_kind.stat_type = outbox.stat_type
)
ORDER BY start_ms {direction}
LIMIT :size
