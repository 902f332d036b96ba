import * as z from 'zod'
import { awsSettingsSchema } from './aws.ts'
import { bridgeSettingsSchema } from './bridge-settings.ts'
import { brokerSchema } from './broker.ts'
import { daemonSettingsSchema } from './daemon-settings.ts'
import { hostDefaultsSchema, hostSchema, hostsSchema, transportName } from './hosts.ts'
import { mailSchema } from './mail-settings.ts'
import { runsSchema } from './runs.ts'
import { machinesSchema, nodesSchema } from './systems/nodes.ts'
import { wemoSettingsSchema } from './wemo/settings.ts'

const path = z.string().min(1)

/** How a host of the configuration is reached; its name is its key. */
const configuredHost = hostSchema.omit({ name: true, via: true, system: true })

const group = z.union([hostsSchema, z.array(z.union([z.string(), hostSchema])).readonly()])

/** What `reops.config.ts` may say. Unknown settings are refused, so that a typing error is not a lost setting. */
export const configSchema = z.strictObject({
  /** Hosts by name: address, port, user, key and jump hosts, for those that the resolver doesn't know. */
  hosts: z.record(z.string(), configuredHost).default({}),
  /** What all hosts share where nothing nearer says otherwise. */
  defaults: hostDefaultsSchema.default({}),
  /** Names for collections of hosts. */
  groups: z
    .record(
      z.string().regex(/^[A-Za-z][\w-]*$/, 'a group has a name of letters, digits, dashes and underscores'),
      group,
    )
    .default({}),
  /** Hypervisors and hosts of containers by name, for `kvm(name)` and `lxd(name)`. */
  hypervisors: nodesSchema.default({}),
  /** Physical machines by hostname: how each is woken and reached. */
  machines: machinesSchema.default({}),
  /** Where the flows are, relative to the configuration. */
  flows: path.default('flows/index.ts'),
  /** Where state is kept, relative to the configuration; `REOPS_STATE` moves it. */
  state: path.default('.reops'),
  /** The transport of hosts that don't name one. */
  via: transportName.default('ssh'),
  /** Hosts worked on at once. */
  concurrency: z.int().min(1).max(1_000).default(64),
  /** Seconds that one host may take at one step; ten minutes. */
  timeout: z.int().min(1).default(600),
  ssh: z
    .strictObject({
      /** OpenSSH's client configuration; `false` leaves it unread. */
      config: z.union([path, z.literal(false)]).default('~/.ssh/config'),
      /** Files that are read for host keys besides our own `known_hosts` in the state folder. */
      knownHosts: z.array(path).default(['~/.ssh/known_hosts']),
      /** `accept-new` remembers a host at first contact and refuses a changed key; `strict` refuses both. */
      hostKeys: z.enum(['accept-new', 'strict']).default('accept-new'),
      /** Names for key files, so that hosts can name them. */
      keys: z.record(z.string(), path).default({}),
      /** Whether the agent of `SSH_AUTH_SOCK` is asked. */
      agent: z.boolean().default(true),
      /** Seconds until a host counts as unreachable. */
      connectTimeout: z.number().positive().default(10),
    })
    .prefault({}),
  /** The bridge that works in another place for us, and the one of this machine. */
  bridge: bridgeSettingsSchema.prefault({}),
  /** Who keeps the schedules, watches, webhooks and switches that don't say it: `reops up`, or AWS after `reops deploy`. */
  runs: runsSchema.default('daemon'),
  /** The MQTT broker that sensors talk to. */
  broker: brokerSchema.optional(),
  /** How `reops up` works. */
  daemon: daemonSettingsSchema.prefault({}),
  /** The server that mails are handed to, or SES. */
  mail: mailSchema.optional(),
  /** Where an Echo finds the switches that flows declare. */
  wemo: wemoSettingsSchema.prefault({}),
  /** Where flows are deployed, and what is used of AWS. */
  aws: awsSettingsSchema.prefault({}),
})

/** The configuration, with its defaults filled in. */
export type Config = z.output<typeof configSchema>

/** The configuration as its author writes it. */
export type ConfigInput = z.input<typeof configSchema>

/**
 * Types the configuration for an editor, and gives it back as it is; it is parsed when it is loaded.
 *
 * @example
 * export default defineConfig({
 *   hosts: { foo: { address: '10.0.0.5', user: 'ops' } },
 *   groups: { closet: ['foo'] },
 * })
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}
