-- Days on which another factor holds than before: the validity of every row that is only old or only new.
CREATE OR REPLACE TEMP TABLE changed_factor AS
WITH present AS (
    SELECT factor_id, energy_key, valid_from, valid_until, kgce_per_unit
    FROM factor
    WHERE energy_key IN (SELECT energy_key FROM given)
)
(FROM present EXCEPT FROM given)
UNION ALL
(FROM given EXCEPT FROM present);
