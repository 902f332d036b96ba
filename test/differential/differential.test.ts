import { ExecutionFailed, type Hosts, hosts, isSkipped, type Operation, type Outcome } from 're-ops'
import { expect, test } from 'vitest'
import { HostTrouble, type Remote } from '../../src/core/ports.ts'
import { localRuntime } from '../../src/run/local-runtime.ts'
import { fakeClock } from '../executor/fake-clock.ts'
import { memoryStore } from '../fakes/memory-store.ts'
import fc from '../support/fast-check.ts'
import { pipelineOf } from './pipeline.ts'
import { interpret } from './reference.ts'
import { hostNames, type Shape, shapes } from './shapes.ts'
import { type Ending, Hosts as Script, type Told, tellFailure, tellSuccess } from './world.ts'

test('compile and execute mean what the words of the language say', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async shape => {
      const [real, meant] = [await executed(shape), interpret(shape)]
      if (real.kind === 'threw' && meant.kind === 'threw') expect(meant.errors).toContain(real.errors[0])
      else expect(real).toEqual(meant)
    }),
    { numRuns: Number(process.env.REOPS_DIFFERENTIAL_RUNS ?? 400) },
  )
})

/** What the real thing comes to: compiled, executed, on hosts that play the shape's turns. */
async function executed(shape: Shape): Promise<Ending> {
  const runtime = runtimeFor(shape)
  const start: Outcome<Hosts, number> = { on: hosts(hostNames), successful: [], failure: [], left: [] }
  const execution = await runtime.submit(pipelineOf(shape) as Operation<any, unknown>, start, {})
  try {
    const result = await execution.result()
    if (isSkipped(result)) return { kind: 'skipped', reason: result.reason, ...tell(result.data) }
    return { kind: 'done', ...tell(result) }
  } catch (error) {
    if (error instanceof ExecutionFailed) return { kind: 'threw', errors: [error.error] }
    throw error
  }
}

function tell(data: unknown): Told {
  const { on, successful, failure, left } = data as Outcome<Hosts, number>
  return {
    on: on.hosts.map(host => host.name).sort(),
    successful: successful.map(({ host, value }) => tellSuccess(host, value)).sort(),
    failure: [
      ...new Set(failure.map(one => tellFailure(one.host, one.step.replace(/^map \d+$/, 'map'), one.code))),
    ].sort(),
    left: [...new Set(left.map(({ host }) => host))].sort(),
  }
}

function runtimeFor(shape: Shape) {
  const script = new Script()
  const acts = new Map(actsIn(shape).map(one => [String(one.id), one]))
  const open = async (via: string, { name }: { readonly name: string }) => ({
    exec: async (command: readonly string[]) => {
      const turn = script.turn(acts.get(command[0]!)!, name, via)
      if (typeof turn === 'number') return { stdout: String(turn), stderr: '', exit: 0 }
      throw new HostTrouble(turn, `scripted ${turn}`)
    },
  })
  return localRuntime({
    hosts: {
      open: (via, host) => open(via, host) as unknown as Promise<Remote>,
      concurrency: 8,
      timeout: 600_000,
      close: async () => {},
    },
    store: memoryStore(),
    clock: fakeClock(),
    out: { publish: () => {} },
    progress: () => {},
    nameOf: () => undefined,
  })
}

type Act = Extract<Shape, { kind: 'act' }>

function actsIn(shape: Shape): Act[] {
  if (shape.kind === 'act') return [shape]
  const inner = [
    ...('steps' in shape ? shape.steps : []),
    ...('branches' in shape ? shape.branches : []),
    ...('body' in shape ? [shape.body] : []),
    ...('yes' in shape ? [shape.yes, ...(shape.no ? [shape.no] : [])] : []),
  ]
  return inner.flatMap(actsIn)
}
