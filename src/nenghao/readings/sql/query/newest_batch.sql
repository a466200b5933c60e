SELECT coalesce(max(id), 0)::BIGINT AS value FROM batch;
