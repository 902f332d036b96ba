import * as z from 'zod'
import { explainIssues, ReopsError } from '../errors.ts'
import { hostSchema } from '../hosts.ts'
import type { Json } from '../json.ts'
import { ec2Part } from './ec2.ts'
import {
  cpu,
  description,
  disk,
  domain,
  hostname,
  network,
  plainName,
  providerName,
  ram,
  tags,
  volume,
  volumeName,
} from './parts.ts'

/** What was asked for can't be made, and nothing was touched. */
export class InvalidSystem extends ReopsError {
  override readonly name = 'InvalidSystem'
  override readonly slug = 'invalid-system'
}

const json = z.custom<Json>(value => value !== undefined)

/** What is asked for, as data: `count` machines that are alike but for their names. */
export const systemSpecSchema = z.strictObject({
  provider: providerName,
  node: plainName.optional(),
  type: plainName.optional(),
  args: z.record(z.string(), json).optional(),
  /** The hostname of one; of several, what stands before `-1`, `-2` and so on. */
  name: hostname.optional(),
  domain: domain.optional(),
  os: z.string().min(1).max(200).optional(),
  cpu: cpu.optional(),
  ram: ram.optional(),
  disk: disk.optional(),
  volumes: z.array(volume).max(24).default([]),
  network: network.optional(),
  firmware: z.enum(['bios', 'uefi']).optional(),
  description: description.optional(),
  tags: tags.default([]),
  user: hostSchema.shape.user,
  key: hostSchema.shape.key,
  packages: z.array(z.string().min(1).max(200)).max(200).optional(),
  userData: z.string().max(65_536).optional(),
  /** How it is launched, of a system of `ec2`. */
  ec2: ec2Part.optional(),
  count: z.int().min(1).max(100).optional(),
})

export type SystemSpec = z.output<typeof systemSpecSchema>

/** A part of what is asked for: what a preset says. */
export type SpecPart = {
  readonly [K in keyof z.input<typeof systemSpecSchema>]?: z.input<typeof systemSpecSchema>[K]
}

/** A part that composes with others. Made by `preset()` and by ready ones such as `kvm(…)`, `medium`, `volume(…)`. */
export interface Preset {
  readonly preset: string
  readonly part: SpecPart
}

/** What composes to a system: presets, the name of a type, and how many. */
export type SpecWord = Preset | string | number

/** What two presets that both say it don't agree upon; sizes are overridden, these are a contradiction. */
const exclusive = ['provider', 'node', 'network', 'firmware', 'count', 'type', 'name', 'ec2'] as const

/**
 * Puts presets together, left to right: a later size wins, volumes, tags and packages add up, arguments merge, and what
 * can't be both (two providers, two types, two counts) is refused. Throws `InvalidSystem`, which names the presets.
 *
 * @example
 * composeSpec([kvm('big-iron'), medium, volume(100), named('redis'), 3])
 */
export function composeSpec(words: readonly SpecWord[]): SystemSpec {
  const said = new Map<string, string>()
  const spec: Record<string, unknown> = {}
  for (const { preset, part } of words.map(toPreset)) {
    for (const [key, value] of Object.entries(part)) {
      if (value === undefined) continue
      const before = said.get(key)
      if (before !== undefined && isExclusive(key) && JSON.stringify(spec[key]) !== JSON.stringify(value)) {
        throw new InvalidSystem(
          `${before} says ${key} ${JSON.stringify(spec[key])} and ${preset} says ${JSON.stringify(value)}: a system has one; leave one of them out`,
        )
      }
      spec[key] = joined(spec[key], value)
      said.set(key, preset)
    }
  }
  return parseSpec(spec)
}

/** Parses what is asked for; throws `InvalidSystem`. */
export function parseSpec(value: unknown): SystemSpec {
  const parsed = systemSpecSchema.safeParse(value)
  if (!parsed.success) {
    const missing = typeof value === 'object' && value !== null && !('provider' in value)
    throw new InvalidSystem(
      missing
        ? 'nothing says where the system is made; begin with kvm(…), lxd(…), ec2(…) or another provider'
        : `no such system can be made: ${explainIssues(parsed.error.issues)}`,
    )
  }
  const spec = parsed.data
  if (spec.ec2 !== undefined && spec.provider !== 'ec2')
    throw new InvalidSystem(
      `a system of ${spec.provider} is no instance of EC2: leave its ec2 part out, or begin with ec2(…)`,
    )
  const twice = repeated(spec.volumes.map(volumeName))
  if (twice !== undefined)
    throw new InvalidSystem(
      `two volumes are named ${twice}; a name stands once in a system, and those without one are data-1, data-2 and so on by their places`,
    )
  return spec
}

function toPreset(word: SpecWord): Preset {
  if (typeof word === 'string') return { preset: `type ${JSON.stringify(word)}`, part: { type: word } }
  if (typeof word === 'number') return { preset: `count ${word}`, part: { count: word } }
  if (typeof word === 'object' && word !== null && 'preset' in word && 'part' in word) return word
  throw new InvalidSystem(
    `a system is made of presets, the name of a type and a count; ${JSON.stringify(word)} is none of them; make your own by preset('name', { … })`,
  )
}

function isExclusive(key: string): boolean {
  return (exclusive as readonly string[]).includes(key)
}

function joined(before: unknown, value: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(value)) return [...before, ...value]
  if (isPlain(before) && isPlain(value)) return { ...before, ...value }
  return value
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index)
}
