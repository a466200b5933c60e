-- Sees what this transaction sees; a block that was marked again later stays.
DELETE FROM unchecked_block
WHERE stat_type = $stat_type AND start = $start::DATE AND version <= $version
    AND enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]));
