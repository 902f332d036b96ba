import type { Clock } from '../../core/ports.ts'
import type { Webhook } from '../../core/webhook.ts'
import type { Hook } from '../../triggers/webhook/answer.ts'
import { serveWebhooks } from '../../triggers/webhook/serve.ts'
import type { LoadedConfig } from '../config.ts'
import { openParameterReader } from '../systems/parameters.ts'
import { readSecret } from '../systems/secrets.ts'
import type { Executor } from './executor.ts'
import { healing } from './healing.ts'
import type { Part } from './part.ts'

interface WebhooksPartOptions {
  readonly loaded: LoadedConfig
  readonly webhooks: ReadonlyMap<string, Webhook>
  readonly executor: Executor
  readonly clock: Clock
  /** Where it listens, as `127.0.0.1:5766`. */
  readonly listen: string
  say(text: string): void
}

/** The part that takes webhooks. Their secrets are read when it is opened. */
export function createWebhooksPart(options: WebhooksPartOptions): Part {
  const { loaded, webhooks, executor, clock, listen, say } = options
  const open = async () => {
    const hooks = await hooksOf(webhooks, loaded)
    const { startFlow } = executor
    const server = await serveWebhooks({ listen, hooks, now: clock.now, startFlow, notice: say })
    const paths = hooks.map(({ webhook }) => `/hooks/${webhook.path}`)
    return { status: () => ({ at: server.address, paths }), close: () => server.close() }
  }
  return healing('the port of webhooks', open, { clock, say })
}

async function hooksOf(webhooks: ReadonlyMap<string, Webhook>, { config, folder }: LoadedConfig) {
  const parameters = openParameterReader(config.aws)
  try {
    const hooks: Hook[] = []
    for (const [name, webhook] of webhooks) {
      const secret = await readSecret(webhook.proof.secret, folder, parameters.read)
      hooks.push({ name, webhook, secret: { read: async () => secret } })
    }
    return hooks
  } finally {
    await parameters.close()
  }
}
