import { InvalidConfig } from '../core/errors.ts'
import type { Flow } from '../core/flow.ts'
import { isWebhook, type Webhook } from '../core/webhook.ts'

/**
 * The webhooks among what a file exports, by their names there. Throws `InvalidConfig` for one whose flow is not exported, and
 * for two of the same path.
 */
export function webhooksIn(
  exported: Readonly<Record<string, unknown>>,
  flows: ReadonlyMap<string, Flow>,
  file: string,
): ReadonlyMap<string, Webhook> {
  const known = new Set(flows.values())
  const found = new Map<string, Webhook>()
  for (const [name, webhook] of Object.entries(exported)) {
    if (!isWebhook(webhook)) continue
    if (!known.has(webhook.flow))
      throw new InvalidConfig(
        `${file}: the webhook ${name} starts a flow that is not exported; export it beside the webhook, so that it has a name to be started by`,
      )
    const other = [...found].find(([, one]) => one.path === webhook.path)
    if (other !== undefined)
      throw new InvalidConfig(
        `${file}: the webhooks ${other[0]} and ${name} have the same path, ${webhook.path}; give one another`,
      )
    found.set(name, webhook)
  }
  return found
}
