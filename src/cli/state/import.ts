import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { parseDump } from '../../core/systems/dump.ts'
import type { SystemStore, SystemsDump } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { neutraliseLine } from '../../operations/output/format/index.ts'
import { hasSystems } from '../../run/open-systems.ts'
import { openMemorySystemStore } from '../../state/memory/systems.ts'
import { differences } from '../../state/systems/history.ts'
import { planRestore } from '../../state/systems/restore.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { refuseBridge } from '../session/bridge.ts'
import { configuration } from '../session/configuration.ts'
import { askConsent } from '../session/consent.ts'
import { UsageError } from '../usage-error.ts'
import { withSystems } from './systems.ts'

/** What the import does to one system; `fields` are those that differ. */
interface Line {
  readonly id: string
  readonly hostname: string
  readonly what: 'added' | 'replaced' | 'kept'
  readonly fields: readonly string[]
}

/** Takes an export in, after it has said what that comes to. Answers 1 when a person declined. */
export async function importState(context: CommandContext, args: Args, file: string): Promise<number> {
  const dump = parseDump(await readDump(context, file))
  const loaded = await configuration(context, args)
  refuseBridge(
    loaded,
    'reops state import',
    "run it on the bridge's machine, since what it takes in holds user data, which never travels",
  )
  const dryRun = given(args, 'dry-run')
  // Looking leaves no database behind.
  if (dryRun && !hasSystems(loaded)) return take(context, args, openMemorySystemStore(), dump)
  return withSystems(context, loaded, store => take(context, args, store, dump))
}

async function take(
  context: CommandContext,
  args: Args,
  store: SystemStore,
  dump: SystemsDump,
): Promise<number> {
  const author = { by: 'reops state import', at: Date.now() }
  const replace = given(args, 'replace')
  const dryRun = given(args, 'dry-run')
  const lines = await preview(store, dump, replace, author.at)
  const say = (counts: Counts) =>
    context.stdout.write(given(args, 'json') ? document(lines, counts, dryRun) : text(lines, counts, dryRun))
  if (dryRun) {
    say(countOf(lines))
    return 0
  }
  const replaced = lines.filter(({ what }) => what === 'replaced').map(({ hostname }) => hostname)
  if (replaced.length > 0 && !given(args, 'yes')) {
    const agreed = await askConsent(context, `replace what is kept of ${replaced.join(', ')}`)
    if (!agreed) {
      context.stderr.write('nothing was taken in\n')
      return 1
    }
  }
  say(await store.restore(dump, { replace }, author))
  return 0
}

async function readDump({ stdin, cwd }: CommandContext, file: string): Promise<unknown> {
  const what = file === '-' ? 'stdin' : file
  const source = await (file === '-' ? readAll(stdin) : readFile(path.resolve(cwd, file), 'utf8')).catch(
    (cause: Error) => {
      throw new UsageError(`${what} can't be read: ${cause.message}`, { cause })
    },
  )
  try {
    return JSON.parse(source) as unknown
  } catch (cause) {
    throw new UsageError(`${what} is not JSON: ${(cause as Error).message}`, { cause })
  }
}

interface Counts {
  readonly added: number
  readonly replaced: number
  readonly kept: number
}

async function preview(
  store: SystemStore,
  dump: SystemsDump,
  replace: boolean,
  now: number,
): Promise<Line[]> {
  const { systems, history } = await store.dump(now)
  const histories = Map.groupBy(history, ({ system }) => system)
  const here = new Map(systems.map(system => [system.id, system]))
  const standing = systems.map(system => ({ ...system, read: () => system }))
  const author = { by: 'reops state import', at: now }
  const plan = planRestore(
    { systems: standing, history: id => histories.get(id) ?? [] },
    dump,
    replace,
    author,
  )
  const line = (what: Line['what']) => (system: System) => {
    const { before, after } = differences(here.get(system.id), system)
    const fields = what === 'added' ? [] : [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return { id: system.id, hostname: system.hostname, what, fields }
  }
  return [
    ...plan.added.map(line('added')),
    ...plan.replaced.map(line('replaced')),
    ...plan.kept.map(line('kept')),
  ]
}

function countOf(lines: readonly Line[]): Counts {
  const count = (what: Line['what']) => lines.filter(line => line.what === what).length
  return { added: count('added'), replaced: count('replaced'), kept: count('kept') }
}

function document(systems: readonly Line[], counts: Counts, dryRun: boolean): string {
  return `${JSON.stringify({ dryRun, ...counts, systems }, null, 2)}\n`
}

const words = {
  added: ['adds', 'added'],
  replaced: ['replaces', 'replaced'],
  kept: ['keeps', 'kept'],
} as const

function text(lines: readonly Line[], counts: Counts, dryRun: boolean): string {
  const told = lines.map(({ what, hostname, id, fields }) => {
    const note = what === 'kept' ? (fields.length > 0 ? ', which differs in ' : ', which is the same') : ': '
    const differing = fields.length > 0 || what === 'kept' ? `${note}${fields.join(', ')}` : ''
    return neutraliseLine(`${words[what][dryRun ? 0 : 1]} ${hostname} (${id})${differing}`)
  })
  const { added, replaced, kept } = counts
  const total = `${added} added, ${replaced} replaced, ${kept} kept`
  return `${[...told, dryRun ? `it would be ${total}; nothing was done` : total].join('\n')}\n`
}
