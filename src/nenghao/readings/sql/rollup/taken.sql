SELECT count(*), min(day)::TIMESTAMP, max(day)::TIMESTAMP + INTERVAL 1 DAY FROM touched;
