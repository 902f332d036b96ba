// Our executor beside the executor of npm that most use, on a long machine and on a wide Map. --install installs it.
import type { Json } from '../src/core/json.ts'
import { execute } from '../src/executor/index.ts'
import { type Contestant, contest } from './support/contest.ts'
import { items, jsonataComputed, jsonataPaths, jsonPath, steps } from './support/machines.ts'
import { loadPeer } from './support/npm-peer.ts'
import { medianOf, printGoal, printTable } from './support/table.ts'

const peer = 'aws-local-stepfunctions'
const paths = 'reops, paths'
const computed = 'reops, computed'

type Machine = Parameters<typeof execute>[0]['machine']
type Answer = { readonly v: number }

/** What a Task does, the same for all: hardly anything, so that the executor is what is measured. */
const next = ({ v }: Answer): Answer => ({ v: v + 1 })

const chainInput = { v: 0 }
const eachInput = { items: Array.from({ length: items }, (_, v) => ({ v })) }

interface Peer {
  StateMachine: new (
    machine: unknown,
  ) => { run(input: unknown, options: unknown): { result: Promise<unknown> } }
}

function theirs(
  { StateMachine }: Peer,
  machine: { States?: unknown },
  input: unknown,
  check: Check,
): Contestant {
  const handler = async (given: Answer) => next(given)
  const names = ['Item', ...Object.keys(machine.States as object)]
  const overrides = { taskResourceLocalHandlers: Object.fromEntries(names.map(name => [name, handler])) }
  const made = new StateMachine(machine)
  return { name: peer, run: async () => check(await made.run(input, { overrides }).result) }
}

function ours(name: string, machine: unknown, input: Json, check: Check): Contestant {
  const invoke = async ({ arguments: given }: { arguments: Json }) => next(given as unknown as Answer)
  return {
    name,
    run: async () => {
      const ended = await execute({ machine: machine as Machine, input, invoke }).result()
      check(ended.status === 'SUCCEEDED' ? ended.output : ended)
    },
  }
}

type Check = (answer: unknown) => void

/** A wrong answer is not worth timing. */
function expecting(right: (answer: any) => boolean): Check {
  return answer => {
    if (!right(answer)) throw new Error(`a wrong answer: ${JSON.stringify(answer).slice(0, 300)}`)
  }
}

const lastStep = expecting(answer => answer?.v === steps)
const everyItem = expecting(answer => answer?.length === items && answer[items - 1]?.v === items)

const them = (await loadPeer(peer, '3.0.0')) as Peer | undefined

const long = await contest(
  [
    ...(them ? [theirs(them, jsonPath.chain, chainInput, lastStep)] : []),
    ours(paths, jsonataPaths.chain, chainInput, lastStep),
    ours(computed, jsonataComputed.chain, chainInput, lastStep),
  ],
  { rounds: 30, warmUp: 10 },
)
const wide = await contest(
  [
    ...(them ? [theirs(them, jsonPath.each, eachInput, everyItem)] : []),
    ours(paths, jsonataPaths.each, eachInput, everyItem),
    ours(computed, jsonataComputed.each, eachInput, everyItem),
  ],
  { rounds: 5, warmUp: 2 },
)
const against = them ? peer : paths
printTable(`A machine of ${steps} Tasks`, long, against)
printTable(`A Map over ${items} items, a Task each`, wide, against)
if (them) {
  const ratio = (results: typeof long, name: string) => medianOf(results, name) / medianOf(results, peer)
  printGoal('a Task, computing JSONata', ratio(long, computed), 3)
  printGoal('a Map', ratio(wide, paths), 1)
}
