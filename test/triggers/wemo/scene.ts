import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import * as z from 'zod'
import type { ExecutionStatus } from '../../../src/core/executions.ts'
import { flow } from '../../../src/core/flow.ts'
import { transform } from '../../../src/core/operation/map.ts'
import { wemoSettingsSchema } from '../../../src/core/wemo/settings.ts'
import type { Wemo } from '../../../src/core/wemo.ts'
import { systemClock } from '../../../src/executor/index.ts'
import { createWemo, type WemoPorts, type WemoSwitches } from '../../../src/triggers/wemo/index.ts'

export const plexOn = flow({ input: z.strictObject({}), steps: transform(() => 'on') })
export const plexOff = flow({ input: z.strictObject({}), steps: transform(() => 'off') })

export interface Scene {
  readonly switches: WemoSwitches
  readonly started: string[]
  readonly notices: string[]
  /** What became of executions, by their names. */
  readonly fates: Map<string, ExecutionStatus>
  /** Milliseconds that are added to the time. */
  ahead: number
  /** Sends a packet to where searches come, and answers what comes back within a moment of the last. */
  search(packet: string | Uint8Array, expected: number, from?: string): Promise<string[]>
  /** Where a switch is served. */
  url(name: string): string
  close(): Promise<void>
}

/** Switches on loopback, whose flows only say that they were started. */
export async function openScene(devices: readonly Wemo[], more: Partial<WemoPorts> = {}): Promise<Scene> {
  const started: string[] = []
  const notices: string[] = []
  const fates = new Map<string, ExecutionStatus>()
  const times = new Map<string, number>()
  const clock = { ...systemClock, now: () => systemClock.now() + scene.ahead }
  const switches = createWemo(devices, {
    settings: wemoSettingsSchema.parse({ address: '127.0.0.1', searchPort: 0 }),
    project: 'closet',
    clock,
    portOf: () => 0,
    notice: text => void notices.push(text),
    startFlow: async (_flow, _input, { name }) => {
      if (fates.has(name)) return
      fates.set(name, 'RUNNING')
      times.set(name, clock.now())
      started.push(name)
    },
    recent: (_flow, prefix) =>
      [...fates]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, status]) => ({ name, status, startedAt: times.get(name)! }))
        .reverse(),
    ...more,
  })
  const scene: Scene = {
    switches,
    started,
    notices,
    fates,
    ahead: 0,
    async search(packet, expected, from = '127.0.0.1') {
      const socket = createSocket('udp4')
      const answers: string[] = []
      const all = Promise.withResolvers<void>()
      socket.on('message', message => answers.push(message.toString()) >= expected && all.resolve())
      socket.bind(0, from)
      await once(socket, 'listening')
      const { received } = switches.status().searches
      socket.send(packet, switches.status().searchPort!, '127.0.0.1')
      if (expected > 0) await all.promise
      while (switches.status().searches.received === received) await systemClock.sleep(2)
      socket.close()
      return answers
    },
    url: name => `http://127.0.0.1:${switches.status().devices.find(one => one.name === name)!.port}`,
    close: () => switches.close(),
  }
  await switches.start()
  return scene
}

/** A search as an Echo makes it. */
export function searchFor(target: string): string {
  return [
    'M-SEARCH * HTTP/1.1',
    'HOST: 239.255.255.250:1900',
    'MAN: "ssdp:discover"',
    'MX: 3',
    `ST: ${target}`,
    '',
    '',
  ].join('\r\n')
}

/** A call of a switch as an Echo makes it. */
export function call(
  action: string,
  inside = '',
): { method: string; headers: Record<string, string>; body: string } {
  return {
    method: 'POST',
    headers: {
      'Content-Type': 'text/xml; charset="utf-8"',
      SOAPACTION: `"urn:Belkin:service:basicevent:1#${action}"`,
    },
    body: `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:${action} xmlns:u="urn:Belkin:service:basicevent:1">${inside}</u:${action}></s:Body></s:Envelope>`,
  }
}
