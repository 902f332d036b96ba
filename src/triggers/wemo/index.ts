import { networkInterfaces } from 'node:os'
import type { Json } from '../../core/json.ts'
import type { WemoSettings } from '../../core/wemo/settings.ts'
import type { Wemo } from '../../core/wemo.ts'
import { identityOf, portsOf } from './identity.ts'
import { keepOpen } from './keep-open.ts'
import { listenOn } from './listen.ts'
import { addressFor, type Interfaces, neighbourhoods } from './neighbours.ts'
import { openResponder, type SearchCounts } from './responder.ts'
import { createSwitchServer } from './server.ts'
import { createSwitch, type SwitchPorts } from './switch.ts'

export interface WemoPorts extends SwitchPorts {
  readonly settings: WemoSettings
  /** Whose the switches are: an Echo knows them by this and their names. */
  readonly project: string
  readonly random?: (() => number) | undefined
  /** The networks of this machine, where they are others than it says. */
  readonly interfaces?: (() => Interfaces) | undefined
  /** Where a switch listens, where that is not where its name says; 0 is any port that is free. */
  readonly portOf?: ((name: string) => number) | undefined
}

export type { AwayPorts } from './away.ts'

/** Switches that an Echo finds and works. */
export interface WemoSwitches {
  /** Begins, whatever can be listened at now; what can't be is tried again. */
  start(): Promise<void>
  status(): WemoStatus
  /** What is the matter, each as a sentence. */
  troubles(): readonly string[]
  close(): Promise<void>
}

export type WemoStatus = {
  readonly devices: readonly {
    readonly name: string
    readonly serial: string
    /** Absent while it does not listen. */
    readonly port?: number
    readonly started: number
    readonly repeated: number
    readonly failed: number
  }[]
  readonly searches: Readonly<Record<keyof SearchCounts, number>>
  /** Where it is listened for searches; absent while it is not. */
  readonly searchPort?: number
  /** Requests that were no call, or from elsewhere. */
  readonly refused: number
} & { readonly [key: string]: Json }

/** The networks are looked at anew after so long: a flood of packets is no reason to ask the system at each. Milliseconds. */
const lookMs = 5_000

/** Lets an Echo find switches and start their flows. Nothing is loaded of it where none is declared. */
export function createWemo(devices: Iterable<Wemo>, ports: WemoPorts): WemoSwitches {
  const { settings, project, clock, notice, random = Math.random } = ports
  const all = [...devices]
  const places = portsOf(project, all, settings.ports)
  const counts = { received: 0, malformed: 0, other: 0, foreign: 0, limited: 0, answered: 0 }
  const troubles = new Map<string, string>()
  let refused = 0
  let searchPort: number | undefined
  let looked: { readonly at: number; readonly found: ReturnType<typeof neighbourhoods> } | undefined
  let kept: readonly ReturnType<typeof keepOpen>[] = []

  const networks = () => {
    const at = performance.now()
    if (looked === undefined || at - looked.at > lookMs)
      looked = { at, found: neighbourhoods((ports.interfaces ?? networkInterfaces)(), settings.address) }
    return looked.found
  }
  const lines = all.map(device => {
    const { name } = device
    const identity = identityOf(project, name)
    const control = createSwitch(device, ports)
    return { name, identity, control, port: undefined as number | undefined }
  })
  const heal = (what: string) => ({
    clock,
    random,
    trouble(problem: string | undefined) {
      if (problem === undefined) troubles.delete(what)
      else if (!troubles.has(what)) notice(`${what} can't be listened at, and is tried again: ${problem}`)
      if (problem !== undefined) troubles.set(what, `${what} can't be listened at: ${problem}`)
    },
  })
  const serve = (line: (typeof lines)[number]) =>
    keepOpen(
      async () => {
        line.port = undefined
        const server = createSwitchServer({
          ...line,
          isNeighbour: address => addressFor(networks(), address) !== undefined,
          refused: () => refused++,
        })
        const wanted = ports.portOf?.(line.name) ?? places.get(line.name)!
        const { port, ...open } = await listenOn(server, wanted, settings.address)
        line.port = port
        return open
      },
      heal(`wemo ${line.name}`),
    )

  return {
    async start() {
      if (all.length === 0 || kept.length > 0) return
      const findable = lines.map(line => ({ udn: line.identity.udn, port: () => line.port }))
      const parts = {
        port: settings.searchPort,
        address: settings.address,
        devices: findable,
        counts,
        neighbourhoods: networks,
        now: () => clock.now(),
        bound: (port: number) => {
          searchPort = port
        },
      }
      const responder = keepOpen(() => openResponder(parts), heal('the place of searches'))
      kept = [...lines.map(serve), responder]
      await Promise.all(kept.map(({ tried }) => tried))
    },
    status: () => ({
      devices: lines.map(({ name, identity, port, control }) => ({
        name,
        serial: identity.serial,
        ...(port === undefined ? {} : { port }),
        ...control.counts(),
      })),
      searches: { ...counts },
      ...(searchPort === undefined ? {} : { searchPort }),
      refused,
    }),
    troubles: () => [...troubles.values()],
    async close() {
      await Promise.all(kept.map(one => one.close()))
    },
  }
}
