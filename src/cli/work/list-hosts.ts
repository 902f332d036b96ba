import type { Host } from '../../core/hosts.ts'
import { fold, neutraliseLine, paint, type Style, tableLines } from '../../operations/output/format/index.ts'
import { configuredGroups, type LoadedConfig } from '../../run/config.ts'
import { withoutColor } from '../color.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { styleFor } from '../session/printer.ts'
import { resolveTargets, wayOf } from '../targets/resolve.ts'
import { type Reach, reachOf } from './reach.ts'

/** Prints how hosts are reached: those of a target, or all that the configuration knows, and then the groups. */
export async function listHosts(
  context: CommandContext,
  args: Args,
  target: string | undefined,
): Promise<number> {
  const loaded = await configuration(context, args)
  const groups = [...configuredGroups(loaded)].map(([name, { hosts }]) => ({
    name,
    hosts: hosts.map(host => host.name),
  }))
  const hosts = (target === undefined ? known(loaded) : resolveTargets(loaded, target, args).on.hosts).map(
    reachOf(loaded),
  )
  const own = given(args, 'no-color') ? withoutColor(context) : context
  context.stdout.write(
    given(args, 'json')
      ? `${JSON.stringify({ hosts, groups }, null, 2)}\n`
      : text(hosts, target === undefined ? groups : [], styleFor(own, own.stdout)),
  )
  return 0
}

/** Every configured host, and those that only a group names; one that two groups reach differently stands twice. */
function known(loaded: LoadedConfig): Host[] {
  const hosts = [...configuredGroups(loaded).values()].flatMap(group =>
    group.hosts.map(host => wayOf(group, host, loaded)),
  )
  return [...new Map(hosts.map(host => [JSON.stringify(host), host])).values()]
}

interface Group {
  readonly name: string
  readonly hosts: readonly string[]
}

function text(hosts: readonly Reach[], groups: readonly Group[], style: Style): string {
  if (hosts.length === 0) return 'no hosts; name them in reops.config.ts, under hosts or groups\n'
  const rows = hosts.map(host => [
    host.host,
    place(host),
    (host.keys ?? []).join(' ') || '-',
    (host.jump ?? []).join(' → ') || '-',
    sources(host),
  ])
  const lines = [
    ...tableLines(
      ['host', 'reached as', 'key', 'through', 'as said by'],
      rows.map(row => row.map(neutraliseLine)),
      style,
    ),
    ...groups.map(
      ({ name, hosts }) =>
        `${paint('bold', `group ${name}`, style)} (${hosts.length}): ${neutraliseLine(fold(hosts))}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function place({ via, address, user, port, trouble }: Reach): string {
  if (trouble !== undefined) return trouble
  if (address === undefined) return `by ${via}`
  return `${user}@${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** `reops.config.ts (address, user)`; what nobody says is as by default. */
function sources({ from }: Reach): string {
  const said = Object.entries(from ?? {}).filter(([, source]) => source !== 'default')
  const fields = Map.groupBy(said, ([, source]) => source)
  const parts = [...fields].map(
    ([source, members]) => `${source} (${members.map(([field]) => field).join(', ')})`,
  )
  return parts.join(', ') || '-'
}
