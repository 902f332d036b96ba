import { fullName } from '../../core/systems/full-name.ts'
import type { SystemLease } from '../../core/systems/store.ts'
import type { System } from '../../core/systems/system.ts'
import { neutraliseLine, paint, paintedTable, type Style } from '../../operations/output/format/index.ts'
import { addressOf, formatMebibytes, stateTones, volumeText } from '../../operations/output/format/systems.ts'
import type { Description } from '../../operations/systems/index.ts'
import { formatDate } from '../history/date.ts'
import { changeRow } from '../state/history.ts'

/** Changes that are told; reops state history has all of them. */
const lastChanges = 5

/** A description for a person. */
export function describedLines(description: Description, style: Style): string[] {
  const { system, history } = description
  const fields = fieldsOf(description).filter(([, value]) => value !== '')
  const widest = Math.max(...fields.map(([name]) => name.length))
  const changes = history.slice(-lastChanges)
  const before = history.length - changes.length
  return [
    `${paint('bold', neutraliseLine(fullName(system)), style)}  ${paint(stateTones[system.state], system.state, style)}`,
    ...fields.map(([name, value]) => `${paint('dim', name.padEnd(widest), style)}  ${neutraliseLine(value)}`),
    '',
    ...paintedTable(['when', 'revision', '', 'by', 'what'], changes.map(changeRow), style),
    ...(before > 0
      ? [paint('dim', `${before} earlier; reops state history ${system.hostname} has them`, style)]
      : []),
  ]
}

type Field = readonly [name: string, value: string]

function fieldsOf({ system, host, holder, snapshots }: Description): Field[] {
  const { stage, problem, description, provisioned, type, args, os, node, provider, ref } = system
  return [
    ['problem', [stage, problem].filter(Boolean).join(': ')],
    ['about', description],
    ['id', system.id],
    ['type', [type ?? '', args === undefined ? '' : JSON.stringify(args)].filter(Boolean).join(' ')],
    ['provisioned', provisioned === undefined ? '' : `${formatDate(provisioned.at)} as ${provisioned.type}`],
    ['on', [node ?? '', `(${provider})`, ref ?? ''].filter(Boolean).join(' ')],
    ['image', os ?? ''],
    ['sizes', sizesOf(system)],
    ['volumes', system.volumes.map(volumeText).join(', ')],
    ['network', networkOf(system)],
    ['address', addressOf(system)],
    [
      'login',
      [host.user, host.key && `by the key ${host.key}`, host.jump && `through ${host.jump.join(', ')}`]
        .filter(Boolean)
        .join(' '),
    ],
    ['tags', system.tags.join(' ')],
    ['packages', (system.packages ?? []).join(' ')],
    ['made', `${formatDate(system.createdAt)}, changed ${formatDate(system.updatedAt)}`],
    ['held by', holder === undefined ? '' : heldOf(holder)],
    ['snapshots', snapshotsOf(snapshots)],
  ]
}

function heldOf({ owner, purpose, since, until }: SystemLease): string {
  const from = since === undefined ? '' : ` since ${formatDate(since)},`
  return `${owner} for ${purpose},${from} until ${formatDate(until)}`
}

function sizesOf({ cpu, ram, disk, firmware }: System): string {
  return [
    cpu === undefined ? '' : `${cpu} cpu`,
    ram === undefined ? '' : formatMebibytes(ram),
    disk === undefined ? '' : `disk ${disk} GiB`,
    firmware ?? '',
  ]
    .filter(Boolean)
    .join(', ')
}

function networkOf({ network }: System): string {
  if (network === undefined) return ''
  const name = network.kind === 'user' ? undefined : network.name
  return [network.kind, name, network.mac].filter(Boolean).join(' ')
}

function snapshotsOf(snapshots: Description['snapshots']): string {
  if (typeof snapshots === 'string') return snapshots
  const told = snapshots.map(
    ({ name, at, running }) => `${name} (${formatDate(at)}${running ? ', while it ran' : ''})`,
  )
  return told.join(', ') || 'none'
}
