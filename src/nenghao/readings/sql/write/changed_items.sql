-- Items whose dimension differs in what the rollups depend on; new items have nothing rolled up yet.
CREATE OR REPLACE TEMP TABLE changed_item AS
SELECT given.id
FROM given
JOIN data_item AS present ON present.id = given.id
WHERE (given.enterprise_id, given.energy_key, given.counts_in_total, given.realtime_minutes)
    IS DISTINCT FROM
    (present.enterprise_id, present.energy_key, present.counts_in_total, present.realtime_minutes);
