import type { Host } from '../../core/hosts.ts'
import type { Args } from '../command.ts'
import { text, wholeNumber } from '../parse.ts'
import { splitTargets } from './split.ts'

/** How the flags `--user`, `--key`, `--port` and `--jump` say that hosts are reached. Throws `UsageError`. */
export function reach(args: Args): Partial<Host> {
  const user = text(args, 'user')
  const key = text(args, 'key')
  const port = wholeNumber(args, 'port', 1, 65_535)
  const jump = text(args, 'jump')
  return {
    ...(user === undefined ? {} : { user }),
    ...(key === undefined ? {} : { key }),
    ...(port === undefined ? {} : { port }),
    ...(jump === undefined ? {} : { jump: splitTargets(jump) }),
  }
}
