-- The fixed lists that somebody is on.
ALTER TABLE people ADD COLUMN IF NOT EXISTS lists Array(UInt64)
