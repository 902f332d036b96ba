/**
 * From when on schedules count, and what was decided about their times. A start is found by its key, the name of its
 * execution. Times are milliseconds since the epoch.
 */
export const schedules = `
  CREATE TABLE schedules (
    name TEXT PRIMARY KEY,
    declared TEXT NOT NULL,
    after REAL NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE schedule_firings (
    number INTEGER PRIMARY KEY,
    schedule TEXT NOT NULL,
    due REAL NOT NULL,
    at REAL NOT NULL,
    code TEXT NOT NULL,
    count INTEGER NOT NULL,
    key TEXT UNIQUE,
    flow TEXT,
    input TEXT,
    carried TEXT,
    problem TEXT
  ) STRICT;
  CREATE INDEX schedule_firings_by_schedule ON schedule_firings (schedule, number);
  CREATE INDEX schedule_firings_by_time ON schedule_firings (at);
  CREATE INDEX schedule_starts ON schedule_firings (schedule, number) WHERE key IS NOT NULL;
  CREATE INDEX schedule_starts_unsettled ON schedule_firings (number) WHERE carried = 'decided';
`
