-- The events anew, in partitions by age: a month each since 2020, a year each before, and one for
-- all that is older than 2000. A load makes a part in each partition that it touches, so with a
-- month each a few kilobytes of events from every month since 1900 made thousands of files.
CREATE OR REPLACE TABLE events
(
    project UInt64,
    event LowCardinality(String),
    person UInt64,
    at DateTime64(3, 'UTC'),
    id String,
    load UInt64,
    values JSON(max_dynamic_paths = 1024),
    days JSON(max_dynamic_paths = 256)
)
ENGINE = MergeTree
PARTITION BY multiIf(
    toYear(at) < 2000, toUInt32(0), toYear(at) < 2020, toUInt32(toYear(at)), toYYYYMM(at)
)
ORDER BY (project, event, toDate(at), person, at)
SETTINGS non_replicated_deduplication_window = 1000
