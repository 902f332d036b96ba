/**
 * Readings of sensors, and what watches remember and decide. Values that are numbers are kept as they are, others as JSON; a
 * reading without a value was unknown. Times are milliseconds since the epoch, but for those within a watch's state, which
 * are of its keeper's clock; how that stood is the one row of watch_clock.
 */
export const readings = `
  CREATE TABLE reading_series (
    number INTEGER PRIMARY KEY,
    sensor TEXT NOT NULL,
    topic TEXT NOT NULL,
    count INTEGER NOT NULL DEFAULT 0,
    UNIQUE (sensor, topic)
  ) STRICT;

  CREATE TABLE readings (
    series INTEGER NOT NULL REFERENCES reading_series (number) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    value ANY,
    why TEXT,
    PRIMARY KEY (series, at)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE watches (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE watch_decisions (
    number INTEGER PRIMARY KEY,
    watch TEXT NOT NULL,
    at REAL NOT NULL,
    code TEXT NOT NULL,
    value TEXT,
    why TEXT,
    key TEXT UNIQUE,
    kind TEXT,
    input TEXT,
    carried TEXT,
    problem TEXT
  ) STRICT;
  CREATE INDEX watch_decisions_by_watch ON watch_decisions (watch, number);
  CREATE INDEX watch_decisions_by_time ON watch_decisions (at);
  CREATE INDEX watch_actions ON watch_decisions (watch, number) WHERE key IS NOT NULL;
  CREATE INDEX watch_actions_unsettled ON watch_decisions (number) WHERE carried = 'decided';

  CREATE TABLE watch_clock (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    steady REAL NOT NULL,
    wall REAL NOT NULL,
    monotonic REAL NOT NULL,
    boot TEXT NOT NULL
  ) STRICT;
`
