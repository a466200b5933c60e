CREATE OR REPLACE TEMP TABLE widened AS
SELECT noted.data_item_id, least(noted.low, span.first_day) AS first_day, greatest(noted.high, span.last_day) AS last_day,
    least(noted.realtime, span.first_realtime) AS first_realtime, least(noted.month, span.first_month) AS first_month
FROM noted
LEFT JOIN quality_span AS span USING (data_item_id)
WHERE span.data_item_id IS NULL OR noted.low < span.first_day OR noted.high > span.last_day
    OR (noted.low IS NOT NULL AND span.first_day IS NULL)
    OR (noted.realtime IS NOT NULL AND (span.first_realtime IS NULL OR noted.realtime < span.first_realtime))
    OR (noted.month IS NOT NULL AND (span.first_month IS NULL OR noted.month < span.first_month));
