import * as z from 'zod'
import { explainIssues, InvalidArguments } from '../../../core/errors.ts'
import type { OpenStream } from './transports/port.ts'

const milliseconds = z.int().min(1)

/** Defaults and their reasons. Times are milliseconds. */
const schema = z.strictObject({
  uri: z.string(),
  openStream: z
    .custom<OpenStream>(value => typeof value === 'function', 'openStream is a function')
    .optional(),
  signal: z.instanceof(AbortSignal).optional(),
  /** From the first packet to a hypervisor that is open. A daemon that has just started looks at QEMU first. */
  timeout: milliseconds.default(30_000),
  /** Most answers take a millisecond; starting a domain takes seconds. Slower calls say so themselves. */
  callTimeout: milliseconds.default(60_000),
  /**
   * A daemon reads nothing more while it works on five messages of one client (max_client_requests), not even a
   * keepalive: with four it always listens.
   */
  inFlight: z.int().min(1).max(1_000).default(4),
  /** As libvirt's own clients have it: dead after about half a minute. */
  keepalive: z
    .strictObject({ interval: z.int().min(0).default(5_000), count: z.int().min(0).default(5) })
    .default({ interval: 5_000, count: 5 }),
  /** What an orderly end may take. */
  grace: milliseconds.default(1_000),
})

/** What `openLibvirt` takes; all but `uri` has a default. */
export type LibvirtOptions = z.input<typeof schema>
export type LibvirtSettings = z.output<typeof schema>

/** Throws `InvalidArguments` for options that don't fit. */
export function readOptions(options: LibvirtOptions): LibvirtSettings {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new InvalidArguments(`openLibvirt: ${explainIssues(parsed.error.issues)}`)
}
