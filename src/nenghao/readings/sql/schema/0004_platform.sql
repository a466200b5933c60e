-- Version 4: which platform below sent an upload. NULL: a device, a person, or nobody known.
ALTER TABLE batch ADD COLUMN platform_id BIGINT;
