import type { Args } from '../command.ts'
import { text } from '../parse.ts'
import { UsageError } from '../usage-error.ts'

/** What `--name` says, as AWS takes it for an execution's name. Throws `UsageError`. */
export function executionName(args: Args): string | undefined {
  const name = text(args, 'name')
  if (name === undefined || /^[\w.-]{1,80}$/.test(name)) return name
  throw new UsageError(
    `--name ${JSON.stringify(name)}: a name has 1 to 80 letters, digits, dots, dashes and underscores`,
  )
}
