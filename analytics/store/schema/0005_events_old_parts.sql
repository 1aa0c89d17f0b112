-- What was erased is gone from the folder within a minute: parts that were rewritten do not stay.
ALTER TABLE events MODIFY SETTING
    old_parts_lifetime = 8, cleanup_delay_period = 5, max_cleanup_delay_period = 15, cleanup_delay_period_random_add = 2
