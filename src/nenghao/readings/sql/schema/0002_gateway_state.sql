-- Version 2: what a gateway says of itself with an upload. NULL: it said nothing.
ALTER TABLE batch ADD COLUMN backlog BIGINT;         -- records still waiting at the gateway after the upload
ALTER TABLE batch ADD COLUMN clock_offset_s DOUBLE;  -- the gateway's clock ahead of ours [s]
