-- What people did. `values` and `days` hold the properties (store/columns.py says how);
-- `load` names the load that brought the row in, so that it can be compared with the record.
-- The order serves reports: they read few event names over a range of days.
CREATE TABLE events
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
PARTITION BY toYYYYMM(at)
ORDER BY (project, event, toDate(at), person, at)
SETTINGS non_replicated_deduplication_window = 1000
