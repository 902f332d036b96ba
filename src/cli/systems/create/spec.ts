import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Flow } from '../../../core/flow.ts'
import type { Json } from '../../../core/json.ts'
import { large, medium, preset, small, uefi } from '../../../core/systems/presets.ts'
import { composeSpec, type Preset, type SpecPart, type SystemSpec } from '../../../core/systems/spec.ts'
import { typesPort } from '../../../core/systems/type-flows.ts'
import type { LoadedConfig } from '../../../run/config.ts'
import { ec2Defaults } from '../../../run/systems/ec2.ts'
import { closest } from '../../closest.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given, text, texts, wholeNumber } from '../../parse.ts'
import { UsageError } from '../../usage-error.ts'
import { assigned, type Shape } from '../../work/input.ts'
import { networkOf, placeOf, volumeOf } from './parts.ts'
import { gibibytesOf, mebibytesOf } from './sizes.ts'

/** What the words of a command line are read against. */
export interface Known {
  readonly loaded: LoadedConfig
  readonly flows: ReadonlyMap<string, Flow>
  /** Those of the user. */
  readonly presets: ReadonlyMap<string, Preset>
}

/** The presets that a command line asks for, in its order of importance: flags of their own win over `--preset`. */
export async function presetsOf(
  context: CommandContext,
  args: Args,
  place: string,
  known: Known,
): Promise<readonly Preset[]> {
  const part = (flag: string, said: SpecPart) => preset(`--${flag}`, said)
  const parts: readonly (readonly [string, SpecPart])[] = [
    ['count', { count: wholeNumber(args, 'count', 1, 100) }],
    ['name', { name: text(args, 'name') }],
    ['type', typePart(args, known)],
    ['image', { os: text(args, 'image') }],
    ['cpu', { cpu: wholeNumber(args, 'cpu', 1, 1_024) }],
    ['ram', { ram: mebibytesOf(args, 'ram') }],
    ['disk', { disk: gibibytesOf(args, 'disk') }],
    ['volume', { volumes: texts(args, 'volume').map(volumeOf) }],
    ['network', { network: networkPart(text(args, 'network')) }],
    ['uefi', { firmware: given(args, 'uefi') ? 'uefi' : undefined }],
    ['domain', { domain: text(args, 'domain') }],
    ['user', { user: text(args, 'user') }],
    ['key', { key: text(args, 'key') }],
    ['tag', { tags: [...texts(args, 'tag')] }],
    ['description', { description: text(args, 'description') }],
    ['package', { packages: listOf(texts(args, 'package')) }],
    ['user-data', { userData: await userData(context, text(args, 'user-data')) }],
  ]
  const ready = { small, medium, large, uefi, ...Object.fromEntries(known.presets) }
  return [
    preset(place, placeOf(place, known.loaded)),
    ...texts(args, 'preset').map(name => presetNamed(name, ready)),
    ...parts
      .filter(([, said]) => Object.values(said).some(value => value !== undefined))
      .map(([flag, said]) => part(flag, said)),
  ]
}

/** What the presets come to, with what the configuration says of the node filled in. Throws `InvalidSystem`. */
export function specOf(presets: readonly Preset[], { config }: LoadedConfig): SystemSpec {
  const spec = composeSpec(presets)
  const { domain, os, network, disk, user, key } = config.hypervisors[spec.node ?? ''] ?? {}
  const filled =
    spec.provider === 'ec2'
      ? ec2Defaults(config)
      : {
          domain,
          os,
          network,
          disk,
          user: user ?? config.defaults.user,
          key: key ?? config.defaults.key,
        }
  const open = Object.entries(filled).filter(([field]) => spec[field as keyof SystemSpec] === undefined)
  return { ...spec, ...Object.fromEntries(open) }
}

function typePart(args: Args, { flows }: Known): SpecPart {
  const type = text(args, 'type')
  const words = texts(args, 'arg')
  if (type === undefined) {
    if (words.length > 0)
      throw new UsageError('--arg is an argument of the plan of a type; name that by --type')
    return {}
  }
  const port = typesPort(flows)
  const shape = (port.list().find(({ id }) => id === type)?.args ?? {}) as Shape
  const said = { ...assigned('arg', {}, words, shape) } as Record<string, Json>
  const problem = port.problemOf(type, said)
  if (problem !== undefined) throw new UsageError(`--type ${type}: ${problem}`)
  return { type, ...(words.length > 0 ? { args: said } : {}) }
}

function networkPart(word: string | undefined): SpecPart['network'] {
  return word === undefined ? undefined : networkOf(word)
}

function listOf(words: readonly string[]): string[] | undefined {
  return words.length === 0 ? undefined : [...words]
}

function presetNamed(name: string, known: Readonly<Record<string, Preset>>): Preset {
  const found = Object.hasOwn(known, name) ? known[name] : undefined
  if (found) return found
  const meant = closest(name, Object.keys(known))
  throw new UsageError(
    `there is no preset ${JSON.stringify(name)}; ${meant === undefined ? `there are ${Object.keys(known).join(', ')}` : `did you mean ${meant}?`}`,
  )
}

async function userData({ cwd }: CommandContext, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined
  return readFile(path.resolve(cwd, file), 'utf8').catch((cause: Error) => {
    throw new UsageError(`--user-data ${file} can't be read: ${cause.message}`, { cause })
  })
}
