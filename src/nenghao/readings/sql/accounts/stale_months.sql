SELECT DISTINCT enterprise_id, month FROM account_stale
WHERE ($enterprise_ids::BIGINT[] IS NULL OR enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[])))
    AND ($months::DATE[] IS NULL OR month IN (SELECT unnest($months::DATE[])))
ORDER BY month DESC, enterprise_id;
