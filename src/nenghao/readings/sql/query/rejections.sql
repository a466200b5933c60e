SELECT rejection.*
FROM rejection
JOIN batch ON batch.id = rejection.batch_id
WHERE rejection.batch_id = $batch_id
    AND (batch.enterprise_id IN (SELECT unnest($enterprise_ids::BIGINT[]))
        OR ($unidentified AND batch.enterprise_id IS NULL))
ORDER BY rejection.record_no
LIMIT $limit OFFSET $offset;
