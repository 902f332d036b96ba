import { PassThrough } from 'node:stream'
import {
  type Ability,
  abilities as everyAbility,
  type Found,
  type Job,
  type Placed,
  type Provider,
  type Status,
} from '../../src/core/systems/provider.ts'
import type { System } from '../../src/core/systems/system.ts'
import { SystemTrouble } from '../../src/core/systems/trouble.ts'
import { type Mischief, type Moment, play } from './mischief.ts'

/** What a machine of the fake provider is. */
export interface FakeMachine {
  readonly label: string
  readonly node: string | undefined
  state: Status['state']
  cpu: number | undefined
  ram: number | undefined
  disk: number | undefined
  address: string | undefined
  /** Nothing where it is a stranger's. */
  told: Partial<System> | undefined
  /** What it was when each was taken. */
  readonly snapshots: Map<string, Pick<FakeMachine, 'state' | 'cpu' | 'ram' | 'disk'>>
  /** How it began: of nothing, or the id of what it was cloned from. */
  readonly from?: string
}

export interface FakeProvider extends Provider {
  /** By the id of their systems, or by a stranger's label. */
  readonly machines: Map<string, FakeMachine>
  /** Volumes that outlived their systems. */
  readonly kept: string[]
  /** Every call, in order: `create redis-1`. */
  readonly calls: string[]
  /** How many machines are being made at this moment, and how many there were at most, by node. */
  readonly busiest: Map<string, number>
  /** Disturbs calls. `left` of a failed create stays; without it what was begun is taken back. */
  disturb(moment: Moment, mischief: Mischief | undefined): void
}

/** How a fake provider differs from one that is named kvm, can do everything and gives addresses at once. */
export interface FakeProviderOptions {
  readonly name?: string
  readonly abilities?: readonly Ability[]
  /** What it finds wrong with what is asked for. */
  readonly problems?: readonly string[]
  /** The nodes that it has; any when left out. */
  readonly nodes?: readonly string[]
  /** Looks at a started machine until it has an address. */
  readonly looksToAddress?: number
}

/**
 * A provider in memory. Creating goes through the stages `making the disk` and `defining it`; what fails between is
 * taken back, or left where the mischief says so.
 */
export function fakeProvider(options: FakeProviderOptions = {}): FakeProvider {
  const { name = 'kvm', problems = [], looksToAddress = 0 } = options
  const abilities = new Set(options.abilities ?? everyAbility)
  const machines = new Map<string, FakeMachine>()
  const kept: string[] = []
  const calls: string[] = []
  const mischiefs = new Map<Moment, Mischief>()
  const busy = new Map<string, number>()
  const busiest = new Map<string, number>()
  const looks = new Map<string, number>()
  let nextAddress = 1

  const at = async (moment: Moment, system: System | undefined, job: Job): Promise<void> => {
    const mischief = mischiefs.get(moment)
    if (mischief !== undefined) await play(mischief, system, job)
  }
  const begin = async (call: string, system: System, job: Job): Promise<void> => {
    calls.push(`${call} ${system.hostname}`)
    if (!abilities.has(call as Ability) && call !== 'status')
      throw new SystemTrouble('refused', `${name} can't ${call}`)
    if (job.signal.aborted) throw new SystemTrouble('cancelled', `${name}: cancelled before it began`)
    if (options.nodes?.includes(system.node ?? '') === false)
      throw new SystemTrouble('refused', `${name} has no node ${system.node}`)
    await at(call, system, job)
  }
  const stage = async (call: string, text: string, system: System, job: Job): Promise<void> => {
    job.stage(text)
    await at(`${call}:${text}`, system, job)
  }
  const known = (system: System): FakeMachine => {
    const machine = machines.get(system.id)
    if (machine === undefined)
      throw new SystemTrouble('refused', `${name} knows no machine of ${system.hostname}`)
    return machine
  }
  const run = (id: string, machine: FakeMachine): void => {
    if (machine.state === 'running') return
    machine.state = 'running'
    machine.address = `10.0.0.${nextAddress++}`
    looks.set(id, 0)
  }
  const halt = (machine: FakeMachine): void => {
    machine.state = 'stopped'
    machine.address = undefined
  }
  const placed = (system: System): Placed => {
    const { state, cpu, ram, disk } = known(system)
    return { ref: system.id, state, cpu, ram, disk }
  }
  const makeIn = async (call: string, system: System, job: Job, from?: string): Promise<Placed> => {
    const node = system.node ?? ''
    busy.set(node, (busy.get(node) ?? 0) + 1)
    busiest.set(node, Math.max(busiest.get(node) ?? 0, busy.get(node)!))
    try {
      await stage(call, 'making the disk', system, job)
      const machine: FakeMachine = {
        label: system.hostname,
        node: system.node,
        state: 'stopped',
        cpu: system.cpu ?? 1,
        ram: system.ram ?? 512,
        disk: system.disk ?? 10,
        address: undefined,
        told: toldOf(system),
        snapshots: new Map(),
        ...(from === undefined ? {} : { from }),
      }
      if (!machines.has(system.id)) machines.set(system.id, machine)
      await stage(call, 'defining it', system, job)
      return placed(system)
    } catch (error) {
      // As real ones do: what was begun is taken back, unless it can't be.
      if (!(error instanceof SystemTrouble) || error.left.length === 0) machines.delete(system.id)
      if (error instanceof SystemTrouble) throw error
      if (job.signal.aborted) throw new SystemTrouble('cancelled', `${name}: stopped when told to`)
      throw error
    } finally {
      busy.set(node, busy.get(node)! - 1)
    }
  }

  return {
    name,
    abilities,
    machines,
    kept,
    calls,
    busiest,
    disturb: (moment, mischief) => {
      if (mischief === undefined) mischiefs.delete(moment)
      else mischiefs.set(moment, mischief)
    },
    check: ({ node = '' }) => [
      ...problems,
      ...(options.nodes?.includes(node) === false ? [`${name} has no node ${node}`] : []),
    ],
    async create(system, _login, job) {
      await begin('create', system, job)
      return machines.has(system.id) ? placed(system) : makeIn('create', system, job)
    },
    async clone(system, copy, _login, job) {
      await begin('clone', copy, job)
      known(system)
      return machines.has(copy.id) ? placed(copy) : makeIn('clone', copy, job, system.id)
    },
    async start(system, job) {
      await begin('start', system, job)
      run(system.id, known(system))
      await at('start:started', system, job)
    },
    async stop(system, { graceMs, force }, job) {
      await begin('stop', system, job)
      const machine = known(system)
      if (mischiefs.get('stop:deaf')) {
        const left = Math.max(0, job.deadline - job.clock.now())
        await job.clock.sleep(Math.min(graceMs, left), job.signal)
        if (graceMs > left) throw new SystemTrouble('timeout', 'its time was over')
        if (!force) throw new SystemTrouble('timeout', `${system.hostname} did not end within ${graceMs} ms`)
      }
      halt(machine)
      await at('stop:stopped', system, job)
    },
    async restart(system, _options, job) {
      await begin('restart', system, job)
      const machine = known(system)
      halt(machine)
      await at('restart:stopped', system, job)
      run(system.id, machine)
    },
    async destroy(system, { graceMs }, job) {
      await begin('destroy', system, job)
      if (graceMs > 0) job.stage(`waiting ${graceMs} ms for its end`)
      const volumes = system.volumes.filter(volume => volume.keep).map(volume => volume.name ?? 'data')
      await stage('destroy', 'taking it away', system, job)
      if (machines.delete(system.id)) kept.push(...volumes.map(volume => `${system.hostname}-${volume}`))
      await at('destroy:gone', system, job)
      return { kept: volumes.map(volume => `${system.hostname}-${volume}`) }
    },
    async status(system, job) {
      await begin('status', system, job)
      const machine = machines.get(system.id)
      if (machine === undefined) return { state: 'missing' }
      const { state, address } = machine
      const look = looks.get(system.id) ?? 0
      looks.set(system.id, look + 1)
      if (state !== 'running' || look >= looksToAddress) return { state, address }
      return { state, addressFrom: `no lease yet, look ${look + 1}` }
    },
    async list(node, job) {
      calls.push(`list ${node ?? ''}`.trim())
      await at(node === undefined ? 'list' : `list ${node}`, undefined, job)
      return [...machines]
        .filter(([, machine]) => node === undefined || machine.node === node)
        .map(
          ([id, { label, node, state, address, cpu, ram, disk, told }]): Found => ({
            ref: id,
            label,
            node,
            state,
            address,
            cpu,
            ram,
            disk,
            told,
          }),
        )
    },
    async snapshot(system, snapshot, job) {
      await begin('snapshot', system, job)
      const machine = known(system)
      const { state, cpu, ram, disk } = machine
      if (!machine.snapshots.has(snapshot)) machine.snapshots.set(snapshot, { state, cpu, ram, disk })
    },
    async revert(system, snapshot, job) {
      await begin('revert', system, job)
      const machine = known(system)
      const was = machine.snapshots.get(snapshot)
      if (was === undefined) throw new SystemTrouble('refused', `there is no snapshot ${snapshot}`)
      const { state, ...sizes } = was
      Object.assign(machine, sizes)
      if (state === 'running') run(system.id, machine)
      else halt(machine)
      return placed(system)
    },
    snapshots: async system =>
      [...known(system).snapshots].map(([name, { state }]) => ({
        name,
        at: 0,
        running: state === 'running',
      })),
    async resize(system, to, job) {
      await begin('resize', system, job)
      const machine = known(system)
      for (const key of ['cpu', 'ram', 'disk'] as const) machine[key] = to[key] ?? machine[key]
      return { ...placed(system), address: machine.address }
    },
    async console(system, job) {
      await begin('console', system, job)
      known(system)
      return new PassThrough()
    },
    close: async () => {},
  }
}

/** What a real provider writes down at a machine: all but what changes. */
function toldOf(system: System): Partial<System> {
  const { state, stage, problem, address, port, ref, revision, createdAt, updatedAt, ...told } = system
  return told
}
