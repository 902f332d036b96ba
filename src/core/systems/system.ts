import * as z from 'zod'
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
  systemId,
  tags,
  volume,
} from './parts.ts'

/**
 * How a system stands.
 *
 * - `creating`, `starting`, `stopping`, `provisioning`, `destroying`: an operation is under way, or ended with its process;
 *   then `reops repair` goes on.
 * - `running`, `stopped`, `paused`: as its provider says.
 * - `broken`: an operation failed in the middle and could not be rolled back; `stage` and `problem` tell.
 * - `missing`: its provider doesn't know it any more.
 * - `unknown`: its provider can't be asked, or doesn't say.
 */
export const systemStates = [
  'creating',
  'starting',
  'running',
  'provisioning',
  'stopping',
  'stopped',
  'paused',
  'destroying',
  'broken',
  'missing',
  'unknown',
] as const

export type SystemState = (typeof systemStates)[number]

const json = z.custom<Json>(value => value !== undefined)

/** Everything that is known of a machine that we manage. It is plain data and travels between steps. */
export const systemSchema = z.strictObject({
  id: systemId,
  hostname,
  domain: domain.optional(),
  /** The type that it is provisioned as, and the arguments of its plan. */
  type: plainName.optional(),
  args: z.record(z.string(), json).optional(),
  /** The template or image that it was made of. */
  os: z.string().max(200).optional(),
  cpu: cpu.optional(),
  /** MiB. */
  ram: ram.optional(),
  /** GiB of its own disk. */
  disk: disk.optional(),
  volumes: z.array(volume).max(24).default([]),
  network: network.optional(),
  firmware: z.enum(['bios', 'uefi']).optional(),
  description: description.default(''),
  tags: tags.default([]),
  provider: providerName,
  /** The hypervisor, by its name in the configuration. */
  node: plainName.optional(),
  /** How the provider calls it: a domain's UUID, an instance's name. */
  ref: z.string().max(200).optional(),
  /** The user and the name of the key by which it is reached. */
  user: hostSchema.shape.user,
  key: hostSchema.shape.key,
  /** What cloud-init installs and runs besides. */
  packages: z.array(z.string()).optional(),
  userData: z.string().max(65_536).optional(),
  /** How it was launched, of a system of `ec2`. */
  ec2: ec2Part.optional(),
  address: hostSchema.shape.address,
  port: z.int().min(1).max(65_535).optional(),
  state: z.enum(systemStates),
  /** The stage at which it broke, or at which it is. */
  stage: z.string().optional(),
  problem: z.string().optional(),
  /** When its plan went through, and with what. */
  provisioned: z.strictObject({ at: z.number(), type: plainName, version: z.string() }).optional(),
  revision: z.int().min(1),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  updatedAt: z.number(),
})

export type System = z.output<typeof systemSchema>

/**
 * A system as steps hand it on: without its own user data, which may hold secrets and has no place in what pipelines,
 * journals and histories keep. The store alone has it.
 */
export function handedOn<T extends { readonly userData?: unknown }>({
  userData,
  ...system
}: T): Omit<T, 'userData'> {
  return system
}

/** A system before the store has it. */
export type NewSystem = Omit<System, 'revision' | 'createdAt' | 'updatedAt'>

/** What may change of a system. An explicit `undefined` takes a field away. */
export type SystemChange = {
  readonly [K in Exclude<keyof System, 'id' | 'revision' | 'createdAt' | 'updatedAt' | 'provider'>]?:
    | System[K]
    | undefined
}
