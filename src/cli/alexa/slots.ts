import type { Args } from '../command.ts'
import { texts } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

/** What is heard for slots, by `--slot`. Throws `UsageError`. */
export function slotsOf(args: Args): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts(args, 'slot').map(one => {
      const at = one.indexOf('=')
      if (at < 1) throw new UsageError(`--slot is written <name>=<value>; ${JSON.stringify(one)} is not`)
      return [one.slice(0, at), one.slice(at + 1)]
    }),
  )
}
