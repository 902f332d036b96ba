import process from 'node:process'

/**
 * Loads node:sqlite at its first use, so that commands without a database don't pay for it. The first releases of
 * Node 24 call the module experimental on standard error, which is nothing that a user can act on.
 */
export function loadSqlite(): typeof import('node:sqlite') {
  return withoutWarning(/SQLite is an experimental feature/, () => process.getBuiltinModule('node:sqlite'))
}

/** Does something at once without the warnings that it makes of this text. Every other warning is given. */
export function withoutWarning<T>(text: RegExp, work: () => T): T {
  const emit = process.emitWarning
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!text.test(String(warning))) emit.call(process, warning, ...rest)
  }) as typeof emit
  try {
    return work()
  } finally {
    process.emitWarning = emit
  }
}
