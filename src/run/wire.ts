import path from 'node:path'
import type { AgentsPort } from '../core/agents.ts'
import type { BridgePort } from '../core/bridge.ts'
import type { OutputPort, Progress } from '../core/context.ts'
import { defined } from '../core/defined.ts'
import type { Flow } from '../core/flow.ts'
import type { Host } from '../core/hosts.ts'
import type { SystemsPort } from '../core/systems/port.ts'
import type { HostOverrides } from '../core/task.ts'
import { openObjectFolder } from '../state/objects/folder.ts'
import { openSpillFolder } from '../state/spill-folder.ts'
import { openBundlesPort } from './bundles.ts'
import { type LoadedConfig, stateFolder } from './config.ts'
import { openHostsPort, type TransportFactory } from './hosts-port.ts'
import { type LocalRuntime, localRuntime } from './local-runtime.ts'
import { wireMail } from './mail.ts'
import { openExecutions } from './open-executions.ts'
import { wirePrices } from './prices.ts'
import { sshOptions } from './ssh-options.ts'
import { ssmOptions } from './ssm-options.ts'
import { type ProviderFactory, wireSystems } from './systems/port.ts'

/** What a root brings to a local run besides the configuration. */
export interface Wiring {
  readonly loaded: LoadedConfig
  readonly out: OutputPort
  readonly progress?: ((event: Progress) => void) | undefined
  /** Names flows, so that executions and states are called by them. */
  readonly flows?: ReadonlyMap<string, Flow> | undefined
  /** Says what a person has to know of the state folder; otherwise it becomes a warning of the process. */
  readonly notice?: ((text: string) => void) | undefined
  /** Asks a person for the passphrase of a key; absent where nobody is there to ask. */
  readonly askPassphrase?: ((key: string) => Promise<string | undefined>) | undefined
  /** Overrides of the configuration, as flags give them. `timeout` is seconds. */
  readonly concurrency?: number | undefined
  readonly timeout?: number | undefined
  /** `false` writes nothing down: executions end with their process. */
  readonly journal?: false | undefined
  /** How every host is reached this time, whatever it says itself. */
  readonly reach?: Partial<Omit<Host, 'name'>> | undefined
  readonly transports?: Readonly<Record<string, TransportFactory>> | undefined
  readonly providers?: Readonly<Record<string, ProviderFactory>> | undefined
  /** For what stays: keeps the store of systems current by what providers tell of themselves, once they are used. */
  readonly follow?: boolean | undefined
  /** Answers the tasks of a closet in place of this process; the runtime closes it. */
  readonly bridge?: BridgePort | undefined
  /** Puts agents on hosts, where this process is the bridge that they dial. */
  readonly agents?: AgentsPort | undefined
}

/** Wires a local runtime: the transports, the state folder and the limits that the configuration says. */
export function wireLocal(wiring: Wiring): LocalRuntime {
  const { loaded, flows } = wiring
  const state = stateFolder(loaded)
  const names = new Map([...(flows ?? [])].map(([name, flow]) => [flow as object, name]))
  const hosts = openHosts(wiring)
  return localRuntime({
    hosts,
    systems: wireSystems({
      loaded,
      hosts,
      notice: wiring.notice,
      providers: wiring.providers,
      follow: wiring.follow,
    }),
    bundles: openBundlesPort(loaded.folder),
    prices: wirePrices(loaded.config.aws),
    mail: wireMail(loaded),
    agents: wiring.agents,
    store: openSpillFolder(path.join(state, 'spilled')),
    objects: openObjectFolder(path.join(state, 'objects')),
    journal:
      wiring.journal === false ? undefined : () => openExecutions(loaded, wiring.notice, { forget: true }),
    flows,
    out: wiring.out,
    progress: wiring.progress ?? (() => {}),
    nameOf: operation => names.get(operation),
    bridge: wiring.bridge && withOverrides(wiring.bridge, overridesOf(wiring)),
  })
}

/** What flags say of hosts, where somebody else reaches them. */
function overridesOf({ concurrency, timeout, reach = {} }: Wiring): HostOverrides {
  return defined({
    concurrency,
    timeout: timeout === undefined ? undefined : timeout * 1000,
    reach: Object.keys(reach).length === 0 ? undefined : (defined(reach) as HostOverrides['reach']),
  })
}

function withOverrides(bridge: BridgePort, overrides: HostOverrides): BridgePort {
  if (Object.keys(overrides).length === 0) return bridge
  return {
    answer: (request, call) => bridge.answer({ ...request, overrides }, call),
    close: () => bridge.close(),
  }
}

/** Wires the systems of a configuration alone, for what asks their providers without a pipeline. */
export function wireSystemsOnly(
  wiring: Omit<Wiring, 'out' | 'flows' | 'journal' | 'progress'>,
): SystemsPort & { close(): Promise<void> } {
  const { loaded, notice, providers } = wiring
  const hosts = openHosts(wiring)
  const systems = wireSystems({ loaded, hosts, notice, providers })
  return {
    ...systems,
    close: async () => {
      await systems.close()
      await hosts.close()
    },
  }
}

function openHosts(wiring: Omit<Wiring, 'out'>) {
  const { config } = wiring.loaded
  return openHostsPort(
    { ssh: () => openSsh(wiring), ssm: () => openSsm(wiring.loaded), ...wiring.transports },
    {
      concurrency: wiring.concurrency ?? config.concurrency,
      timeout: (wiring.timeout ?? config.timeout) * 1000,
      reach: wiring.reach,
    },
  )
}

/** ssh2 is only loaded when a host is reached by SSH. */
async function openSsh({ loaded, askPassphrase }: Pick<Wiring, 'loaded' | 'askPassphrase'>) {
  const { createSshTransport } = await import('../transports/ssh/index.ts')
  return createSshTransport({ ...sshOptions(loaded), ...(askPassphrase ? { askPassphrase } : {}) })
}

/** AWS's clients are only loaded when a host is reached by Run Command. */
async function openSsm(loaded: LoadedConfig) {
  const { createSsmTransport } = await import('../transports/ssm/index.ts')
  return createSsmTransport(ssmOptions(loaded))
}
