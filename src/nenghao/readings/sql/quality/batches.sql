SELECT batch.id, epoch(batch.received_at) AS received_s, batch.source = 'upload' AS is_upload
FROM batch
JOIN wanted_batch ON wanted_batch.id = batch.id
ORDER BY batch.id;
