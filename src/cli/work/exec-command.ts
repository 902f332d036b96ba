import { neutraliseLine } from '../../operations/output/format/neutralise.ts'
import { exec } from '../../operations/remote/exec.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { perform } from '../session/perform.ts'
import { resolveTargets } from '../targets/resolve.ts'
import { readStdin } from './read-stdin.ts'

/** Runs a command line on every host of a target, and answers the exit status. */
export function execCommand(
  context: CommandContext,
  args: Args,
  target: string,
  command: string,
): Promise<number> {
  return perform(context, args, { command }, async () => {
    const loaded = await configuration(context, args)
    const { on, hints } = resolveTargets(loaded, target, args)
    for (const hint of hints) context.stderr.write(`reops: ${neutraliseLine(hint)}\n`)
    const stdin = given(args, 'stdin') ? await readStdin(context) : undefined
    const operation = exec(on, command, stdin === undefined ? {} : { stdin })
    return { loaded, begin: (runtime, signal) => runtime.submit(operation, undefined, { signal }) }
  })
}
