import { registerHooks } from 'node:module'
import process from 'node:process'

/** Says on stderr which modules are loaded. */
registerHooks({
  load(url, context, next) {
    process.stderr.write(`loads ${url}\n`)
    return next(url, context)
  },
})
