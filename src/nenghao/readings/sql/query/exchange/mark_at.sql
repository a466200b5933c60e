-- The newest batch received before a moment; 0: none.
SELECT coalesce(max(id), 0) AS value FROM batch WHERE received_at < $moment;
