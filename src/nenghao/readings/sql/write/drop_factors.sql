DELETE FROM factor WHERE energy_key IN (SELECT energy_key FROM given);
