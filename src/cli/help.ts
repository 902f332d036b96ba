import type { Command, Flag, Flags } from './command.ts'
import type { CommandEntry, Group } from './commands.ts'
import { everywhere } from './common-flags.ts'

/** What `reops --help` prints. */
export function overview(commands: Readonly<Record<string, CommandEntry>>): string {
  return sections({
    Usage: ['reops <command> [flags]'],
    ...grouped(commands),
    Flags: columns([
      ['-h, --help', 'this text; reops <command> --help says more of one command'],
      ['--version', 'the version'],
    ]),
    Examples: [
      'reops demo',
      'reops flows',
      'reops run listing --input path=/etc',
      'reops exec closet -- uptime',
      'reops list running',
    ],
  })
}

const titles: Readonly<Record<Group, string>> = {
  'flows and hosts': 'Flows and hosts',
  systems: 'Systems',
  executions: 'Executions',
  daemon: 'Daemon',
  bridge: 'Bridge',
  'sensors and watches': 'Sensors and watches',
  cloud: 'Cloud',
  besides: 'Besides',
}

/** A section for each group; the names of all of them stand in columns of one width. */
function grouped(commands: Readonly<Record<string, CommandEntry>>): Record<string, string[]> {
  const entries = Object.entries(commands)
  const lines = columns(entries.map(([name, { summary }]) => [name, summary]))
  const groups = Map.groupBy(entries.keys(), index => entries[index]![1].group)
  return Object.fromEntries(
    [...groups].map(([group, indices]) => [titles[group], indices.map(index => lines[index]!)]),
  )
}

/** What `reops <command> --help` prints. */
export function commandHelp(
  { summary }: CommandEntry,
  { usage, options }: Pick<Command, 'usage' | 'options'>,
): string {
  return sections({
    Usage: usage.ways,
    About: [`${summary[0]?.toUpperCase()}${summary.slice(1)}.`, ...(usage.about?.split('\n') ?? [])],
    Flags: columns(Object.entries<Flag>({ ...options, ...everywhere } satisfies Flags).map(flagLine)),
    Examples: usage.examples,
  })
}

function flagLine([name, { short, value, about }]: [string, Flag]): [string, string] {
  return [`${short ? `-${short}, ` : ''}--${name}${value ? ` ${value}` : ''}`, about]
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const widest = Math.max(...rows.map(([first]) => first.length))
  return rows.map(([first, second]) => `${first.padEnd(widest)}  ${second}`)
}

function sections(parts: Readonly<Record<string, readonly string[]>>): string {
  const written = Object.entries(parts).map(
    ([title, lines]) => `${title}:\n${lines.map(line => `  ${line}`).join('\n')}`,
  )
  return `${written.join('\n\n')}\n`
}
