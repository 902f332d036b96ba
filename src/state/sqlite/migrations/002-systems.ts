/**
 * Systems, their histories, and who holds them. A system is one text of JSON; beside it stands what it is found by. Its
 * history and its lease are there without it too, before it is added and after it is removed. `sorted` is what hostnames
 * are ordered by. Leases take their fences from the one row that executions take theirs from. Times are milliseconds
 * since the epoch.
 */
export const systems = `
  CREATE TABLE systems (
    id TEXT PRIMARY KEY,
    hostname TEXT NOT NULL UNIQUE,
    sorted TEXT NOT NULL,
    provider TEXT NOT NULL,
    node TEXT,
    type TEXT,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    system TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX systems_sorted ON systems (sorted);

  CREATE TABLE system_changes (
    number INTEGER PRIMARY KEY,
    system TEXT NOT NULL,
    entry TEXT NOT NULL
  ) STRICT;
  CREATE INDEX system_changes_by_system ON system_changes (system, number);

  CREATE TABLE system_leases (
    system TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    purpose TEXT NOT NULL,
    until REAL NOT NULL,
    fence INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`
