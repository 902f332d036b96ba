import { SystemTrouble } from '../../core/systems/trouble.ts'
import type { Desk } from './hypervisor.ts'
import { constants } from './rpc/index.ts'

/** So often, with so many milliseconds between at least; as much again is chance. */
const tries = 4
const pauseMs = 100

/**
 * Defines a domain, which libvirt checks by its schema. Of several definitions that are the first of a daemon and come at
 * the same moment, libvirt may find its own schema unreadable, because its XML library is still being set up by the other:
 * nothing was looked at then, so that the same is asked again.
 */
export async function defineDomain(desk: Desk, hostname: string, xml: string): Promise<void> {
  const input = { xml, flags: constants.define.validate }
  const { clock, signal } = desk.job
  for (let tried = 1; ; tried++) {
    try {
      await desk.make('domainDefineXmlFlags', input, `defining the domain ${hostname}`)
      return
    } catch (error) {
      if (tried >= tries || !isSchemaUnread(error)) throw error
      await clock.sleep(pauseMs * (1 + Math.random()), signal)
    }
  }
}

function isSchemaUnread(error: unknown): boolean {
  return error instanceof SystemTrouble && error.message.includes('Unable to parse RNG')
}
