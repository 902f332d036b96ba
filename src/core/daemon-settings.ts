import * as z from 'zod'

const listen = z
  .string()
  .regex(
    /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):\d{1,5}$/,
    'it listens at <address>:<port>, such as 127.0.0.1:5765',
  )

/** What `daemon` in `reops.config.ts` may say: how `reops up` works. */
export const daemonSettingsSchema = z.strictObject({
  /** Metrics and health over plain HTTP, which is why it is loopback; `false` for none. */
  metrics: z.union([listen, z.literal(false)]).default('127.0.0.1:5765'),
  /** Where webhooks are taken, if any are declared: plain HTTP, so something with TLS stands before it. */
  webhooks: listen.default('127.0.0.1:5766'),
  /** Whether this process is the bridge of this machine, too. */
  bridge: z.boolean().default(false),
  /** Seconds that executions have to end when the daemon is told to; what has not is gone on with at the next start. */
  drain: z.int().min(0).max(3_600).default(30),
})
