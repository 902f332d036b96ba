/**
 * Jobs of the bridge, and their answers that Step Functions does not have yet. Requests and outputs stand in a table of
 * their own, so that lists and counts don't touch them. A job's number is the order in which it was accepted; an answer's
 * is the order in which it was given. Times are milliseconds since the epoch.
 */
export const jobs = `
  CREATE TABLE jobs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    submitter TEXT NOT NULL,
    operation TEXT NOT NULL,
    flow TEXT NOT NULL,
    step TEXT NOT NULL,
    priority INTEGER NOT NULL,
    state TEXT NOT NULL,
    accepted_at REAL NOT NULL,
    deadline REAL NOT NULL,
    started_at REAL,
    ended_at REAL,
    attempts INTEGER NOT NULL DEFAULT 0,
    ending TEXT,
    undelivered TEXT
  ) STRICT;
  CREATE INDEX jobs_by_state ON jobs (state, number);
  CREATE INDEX jobs_by_time ON jobs (accepted_at);
  CREATE INDEX jobs_by_end ON jobs (ended_at) WHERE ended_at IS NOT NULL;

  CREATE TABLE job_data (
    job INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
    request TEXT NOT NULL,
    output TEXT
  ) STRICT;

  CREATE TABLE job_outbox (
    number INTEGER PRIMARY KEY,
    job INTEGER NOT NULL UNIQUE REFERENCES jobs (number) ON DELETE CASCADE,
    token TEXT NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX job_outbox_by_due ON job_outbox (due_at, number);
`
