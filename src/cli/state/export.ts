import path from 'node:path'
import type { SystemsDump } from '../../core/systems/store.ts'
import { neutraliseLine } from '../../operations/output/format/index.ts'
import { hasSystems } from '../../run/open-systems.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { refuseBridge } from '../session/bridge.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'
import { writePrivateFile } from './private-file.ts'
import { withSystems } from './systems.ts'

/** Writes all systems and their histories to a file, or to stdout. Answers 1 when one of them can't be read. */
export async function exportState(
  context: CommandContext,
  args: Args,
  output: string | undefined,
): Promise<number> {
  const loaded = await configuration(context, args)
  refuseBridge(
    loaded,
    'reops state export',
    "run it on the bridge's machine, since what it writes holds user data, which never travels",
  )
  const now = Date.now()
  if (!hasSystems(loaded)) {
    await write(
      context,
      { format: 'reops-systems', version: 1, exportedAt: now, systems: [], history: [] },
      output,
    )
    return 0
  }
  return withSystems(context, loaded, async (store, told) => {
    await write(context, await store.dump(now), output)
    return told() === 0 ? 0 : 1
  })
}

async function write(context: CommandContext, dump: SystemsDump, output: string | undefined): Promise<void> {
  const json = `${JSON.stringify(dump, null, 2)}\n`
  if (output === undefined || output === '-') {
    await new Promise<void>((resolve, reject) =>
      context.stdout.write(json, error => (error ? reject(error) : resolve())),
    )
    return
  }
  await writePrivateFile(path.resolve(context.cwd, output), json).catch((cause: Error) => {
    throw new UsageError(`--output ${output} can't be written: ${cause.message}`, { cause })
  })
  const count = dump.systems.length
  context.stderr.write(`${neutraliseLine(`${count} ${count === 1 ? 'system' : 'systems'} in ${output}`)}\n`)
}
