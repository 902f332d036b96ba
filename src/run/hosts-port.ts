import type { HostsPort } from '../core/context.ts'
import { ReopsError } from '../core/errors.ts'
import type { Host } from '../core/hosts.ts'
import { ownValue } from '../core/own-value.ts'
import type { Transport } from '../core/ports.ts'

/** Hosts name a transport that is not wired here. */
class UnknownTransport extends ReopsError {
  override readonly name = 'UnknownTransport'
  override readonly slug = 'unknown-transport'
}

/** Opens a transport the first time that a host wants it. */
export type TransportFactory = () => Transport | Promise<Transport>

/**
 * Hosts by whichever transport they name; transports are opened when they are first needed and closed together.
 * `reach` wins over what hosts say of themselves.
 */
export function openHostsPort(
  factories: Readonly<Record<string, TransportFactory>>,
  {
    reach,
    ...bounds
  }: Pick<HostsPort, 'concurrency' | 'timeout'> & {
    readonly reach?: Partial<Omit<Host, 'name'>> | undefined
  },
): HostsPort & { close(): Promise<void> } {
  const opened = new Map<string, Promise<Transport>>()
  const transport = (via: string): Promise<Transport> => {
    const factory = ownValue(factories, via)
    if (!factory) {
      throw new UnknownTransport(
        `there is no transport ${JSON.stringify(via)} here; there are ${Object.keys(factories).join(', ')}`,
      )
    }
    const known = opened.get(via) ?? Promise.resolve(factory())
    opened.set(via, known)
    return known
  }
  return {
    ...bounds,
    open: async (via, host, options) =>
      (await transport(via)).open(reach ? { ...host, ...reach } : host, options),
    close: async () => {
      const all = await Promise.allSettled(opened.values())
      opened.clear()
      await Promise.all(all.flatMap(one => (one.status === 'fulfilled' ? [one.value.close()] : [])))
    },
  }
}
