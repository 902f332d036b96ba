import type { Command, Flag, Flags } from './command.ts'
import type { CommandEntry } from './commands.ts'
import { everywhere } from './common-flags.ts'

/** What `reops --help` prints. */
export function overview(commands: Readonly<Record<string, CommandEntry>>): string {
  return sections({
    Usage: ['reops <command> [flags]'],
    Commands: columns(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
    Flags: columns([
      ['-h, --help', 'this text; reops <command> --help says more of one command'],
      ['--version', 'the version'],
    ]),
    Examples: [
      'reops demo',
      'reops flows',
      'reops run listing --input path=/etc',
      'reops exec closet -- uptime',
    ],
  })
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
