import type { SystemSpec } from '../../../core/systems/spec.ts'
import { fold, neutraliseLine, paint, type Style } from '../../../operations/output/format/index.ts'
import { formatMebibytes, volumeText } from '../../../operations/output/format/systems.ts'
import { hostnames } from '../../../operations/systems/create/names.ts'

/**
 * What will be made, for a person who may say no. `taken` are the hostnames that there are; somebody may take one of
 * those that are told here in the meantime.
 */
export function toldLines(spec: SystemSpec, taken: ReadonlySet<string>, style: Style): string[] {
  const {
    count = 1,
    provider,
    node,
    type,
    args,
    cpu,
    ram,
    disk,
    firmware,
    network,
    user,
    key,
    description,
  } = spec
  const sizes = [
    cpu === undefined ? '' : `${cpu} cpu`,
    ram === undefined ? '' : formatMebibytes(ram),
    disk === undefined ? '' : `disk ${disk} GiB`,
    firmware ?? '',
  ]
  const fields: readonly (readonly [string, string])[] = [
    ['type', [type ?? '', args === undefined ? '' : JSON.stringify(args)].filter(Boolean).join(' ')],
    ['image', spec.os ?? ''],
    ['sizes', sizes.filter(Boolean).join(', ')],
    ['volumes', spec.volumes.map(volumeText).join(', ')],
    ['network', network === undefined ? '' : networkText(network)],
    ['domain', spec.domain ?? ''],
    ['login', [user ?? '', key === undefined ? '' : `by the key ${key}`].filter(Boolean).join(' ')],
    ['packages', (spec.packages ?? []).join(' ')],
    ['tags', spec.tags.join(' ')],
    ['about', description ?? ''],
  ]
  const said = fields.filter(([, value]) => value !== '')
  const widest = Math.max(0, ...said.map(([name]) => name.length))
  const where = node === undefined ? provider : `${node} (${provider})`
  const many = count === 1 ? '1 system' : `${count} systems`
  return [
    `${many} on ${neutraliseLine(where)}: ${paint('bold', neutraliseLine(fold(namesOf(spec, taken))), style)}`,
    ...said.map(([name, value]) => `  ${paint('dim', name.padEnd(widest), style)}  ${neutraliseLine(value)}`),
  ]
}

/** The names that they will have as far as can be said. One that is asked for and taken is refused later, by name. */
function namesOf(spec: SystemSpec, taken: ReadonlySet<string>): string[] {
  const { count = 1, name } = spec
  if (name !== undefined && count === 1) return [name]
  const free: string[] = []
  for (const candidate of hostnames(spec)) {
    if (!taken.has(candidate)) free.push(candidate)
    if (free.length >= count) break
  }
  return free
}

function networkText(network: NonNullable<SystemSpec['network']>): string {
  const mac = network.mac === undefined ? '' : `, ${network.mac}`
  if (network.kind !== 'user')
    return `${network.kind}${network.name === undefined ? '' : ` ${network.name}`}${mac}`
  const ports = network.forward.map(({ from, to }) => `${from} → ${to}`).join(', ')
  return `user${ports === '' ? '' : `, ${ports}`}${mac}`
}
