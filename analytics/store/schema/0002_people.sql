-- People as they are now: the row of the highest version counts, and none where it is `deleted`.
CREATE TABLE people
(
    project UInt64,
    person UInt64,
    version UInt64,
    deleted UInt8,
    registered_at DateTime64(3, 'UTC'),
    values JSON(max_dynamic_paths = 1024),
    days JSON(max_dynamic_paths = 256)
)
ENGINE = ReplacingMergeTree(version, deleted)
ORDER BY (project, person)
