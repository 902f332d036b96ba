/**
 * Executions, their journals, and what is asked of them. Data that may be large stands in tables of its own, so
 * that lists and renewed leases don't touch it; machines are kept once, by the SHA-256 of their JSON. The journal
 * keeps its rowid: entries of many executions that are written together then lie together, which costs a third of
 * sorting them in. Times are milliseconds since the epoch.
 */
export const executions = `
  CREATE TABLE machines (
    hash TEXT PRIMARY KEY,
    machine TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE executions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    flow TEXT NOT NULL,
    version TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at REAL NOT NULL,
    deadline REAL NOT NULL,
    allowed_ms REAL NOT NULL,
    stopped_at REAL,
    redrives INTEGER NOT NULL DEFAULT 0,
    fence INTEGER NOT NULL,
    owner TEXT,
    lease_until REAL,
    parent TEXT,
    machine TEXT NOT NULL REFERENCES machines (hash),
    ending TEXT,
    UNIQUE (flow, name)
  ) STRICT;
  CREATE INDEX executions_by_name ON executions (name);
  CREATE INDEX executions_by_start ON executions (started_at);
  CREATE INDEX executions_by_flow ON executions (flow, started_at);
  CREATE INDEX executions_by_status ON executions (status, started_at);
  CREATE INDEX executions_by_end ON executions (stopped_at) WHERE stopped_at IS NOT NULL;
  CREATE INDEX executions_by_machine ON executions (machine);

  CREATE TABLE fences (
    last INTEGER NOT NULL
  ) STRICT;
  INSERT INTO fences VALUES (0);

  CREATE TABLE execution_data (
    execution INTEGER PRIMARY KEY REFERENCES executions (number) ON DELETE CASCADE,
    input TEXT NOT NULL,
    output TEXT
  ) STRICT;

  CREATE TABLE journal (
    execution INTEGER NOT NULL REFERENCES executions (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    entry TEXT NOT NULL,
    PRIMARY KEY (execution, position)
  ) STRICT;

  CREATE TABLE requests (
    number INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL REFERENCES executions (number) ON DELETE CASCADE,
    request TEXT NOT NULL
  ) STRICT;
  CREATE INDEX requests_by_execution ON requests (execution);
`
