import * as z from 'zod'
import type { Duration } from '../../../core/duration.ts'
import type { OrRef } from '../../../core/ref.ts'
import type { CommonOptions } from '../../provision/resource.ts'
import { duration, word } from '../../remote/arguments.ts'

/** Where an agent is on a host, and by whose rights. */
export interface AgentPlaceOptions extends Pick<CommonOptions, 'timeout'> {
  /** The agent's folder: absolute, or `~/…`. `/opt/reops-agent` for root and `~/.local/share/reops-agent` otherwise. */
  readonly folder?: OrRef<string> | undefined
  /** Act as root by `sudo -n`, so that it is root's agent. It is the login's when left out. */
  readonly become?: OrRef<boolean> | undefined
}

/** How long the bridge waits for an agent that was started. */
export interface WithinOptions extends AgentPlaceOptions {
  /** How long a started agent may take to register; half a minute when left out. */
  readonly within?: OrRef<Duration> | undefined
}

/** How agents are deployed. */
export interface DeployAgentOptions extends WithinOptions {
  /** Takes the place of the agent that the host has enrolled by another key, whose key is revoked then. */
  readonly replace?: OrRef<boolean> | undefined
  /**
   * `host` takes the Node in the login's PATH, `bring` sends this machine's, and a path names one on the host. When left
   * out it is the host's where that is 20 or later, and this machine's otherwise.
   */
  readonly node?: OrRef<string> | undefined
  /** What keeps it running: found by looking when left out. */
  readonly supervisor?: OrRef<'systemd' | 'plain'> | undefined
  /** The agent may look at the host and change only its own folder. It takes systemd. */
  readonly confine?: OrRef<boolean> | undefined
  /** Calls that it works on at once; 16 when left out. */
  readonly maxCalls?: OrRef<number> | undefined
}

const absoluteOrHome = word.regex(
  /^(?:~\/|\/)[^\n\r\0]+$/,
  'is a folder of its own: absolute, or ~/ and a path in the home of the login',
)

export const place = {
  folder: absoluteOrHome
    .refine(path => !path.split('/').includes('..'), 'has no .. in it')
    .transform(path => path.replace(/\/+$/, ''))
    .optional(),
  become: z.boolean().default(false),
  timeout: duration.optional(),
}

export const within = { within: duration.default(30) }

/** What an agent was deployed with, which is kept on its host for those that upgrade it. */
export const setupSchema = z.strictObject({
  node: z
    .union(
      [z.enum(['host', 'bring']), word.regex(/^\/[^\n\r\0]*$/)],
      'is host, bring or the path of a Node there',
    )
    .optional(),
  supervisor: z.enum(['systemd', 'plain']).optional(),
  confine: z.boolean().default(false),
  maxCalls: z.int().min(1).max(1_000).default(16),
})

/** What an agent was deployed with. */
export type Setup = z.output<typeof setupSchema>
