import { createContext, Script } from 'node:vm'

/** Milliseconds that one match may take. */
const limitMs = 250

/** Below this many characters no pattern takes noticeable time, and the watchdog would be most of the cost. */
const shortText = 24

let run: ((match: () => unknown) => unknown) | undefined

/**
 * A regular expression that gives up: a pattern such as `(a+)+$` takes time exponential in its text, and holds
 * the process while it does. It is matched under a watchdog, which only V8's script runner has.
 */
export class BoundedRegExp extends RegExp {
  override exec(text: string): RegExpExecArray | null {
    if (text.length <= shortText) return super.exec(text)
    run ??= makeRunner()
    return run(() => super.exec(text)) as RegExpExecArray | null
  }
}

function makeRunner(): (match: () => unknown) => unknown {
  const sandbox: { match?: () => unknown } = Object.create(null)
  const context = createContext(sandbox)
  const script = new Script('match()')
  return match => {
    sandbox.match = match
    try {
      return script.runInContext(context, { timeout: limitMs })
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
      throw new Error(`A regular expression took longer than ${limitMs} ms`)
    } finally {
      delete sandbox.match
    }
  }
}
