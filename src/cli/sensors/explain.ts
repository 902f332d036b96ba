import { keeperOf } from '../../core/runs.ts'
import type { Watch } from '../../core/watch.ts'
import { neutralise, neutraliseLine } from '../../operations/output/format/index.ts'
import { formatDate } from '../../operations/output/format/time.ts'
import type { LoadedConfig } from '../../run/config.ts'
import { explain } from '../../triggers/watch/explain.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, wholeNumber } from '../parse.ts'
import { UsageError } from '../usage-error.ts'
import { findWatch } from './find-watch.ts'
import { knownHere } from './known-here.ts'
import { withTriggers } from './opened.ts'

/** Says why a watch does or does not act, by what is kept of it where it is kept, and what it decided last. */
export function explainWatch(context: CommandContext, args: Args): Promise<number> {
  const limit = wholeNumber(args, 'limit', 0, 10_000) ?? 10
  return withTriggers(context, args, async ({ loaded, exported, kept, nameOf }) => {
    const watch = findWatch(exported, args.words[0]!)
    const runs = keeperOf(watch.runs, loaded.config)
    const inCloud = runs === 'cloud'
    if (given(args, 'cloud') && !inCloud)
      throw new UsageError(
        `the daemon keeps the watch ${watch.name}, and AWS does not: leave out --cloud, or say runs: 'cloud' in the watch and deploy it`,
      )
    const { state, situation, decisions, notes } = inCloud
      ? await askCloud(context, watch, loaded, limit)
      : knownHere(watch, kept, limit)
    const because = [...notes, ...explain({ watch, ...situation, nameOf, timeText: formatDate })]
    if (given(args, 'json')) {
      const document = { watch: watch.name, runs, because, state: state ?? null, decisions }
      context.stdout.write(`${JSON.stringify(document, null, 2)}\n`)
      return 0
    }
    const past = decisions.map(
      ({ at, code, value, why, action }) =>
        `  ${formatDate(at)}  ${code.padEnd(8)}  ${action?.key ?? ''}${action ? ' ' : ''}${JSON.stringify(value) ?? why ?? ''}`,
    )
    const lines = [
      ...because,
      ...(past.length === 0 ? [] : ['', 'What it decided last, newest first:', ...past]),
    ]
    context.stdout.write(`${lines.map(neutraliseLine).join('\n')}\n`)
    return 0
  })
}

async function askCloud(context: CommandContext, watch: Watch, loaded: LoadedConfig, limit: number) {
  const { knownInCloud } = await import('./known-in-cloud.ts')
  return knownInCloud(watch, loaded, limit, text => context.stderr.write(`reops: ${neutralise(text)}\n`))
}
