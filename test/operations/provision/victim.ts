import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { configSchema } from '../../../src/core/config.ts'
import type { Hosts } from '../../../src/core/hosts.ts'
import { typesIn } from '../../../src/core/systems/type.ts'
import { typeFlows } from '../../../src/core/systems/type-flows.ts'
import { file, flow, lineInFile, pipe, provision, scriptOnce, source, type } from '../../../src/index.ts'
import { wireLocal } from '../../../src/run/wire.ts'
import { fakeProvider } from '../../fakes/provider.ts'

/**
 * A process to be killed while it provisions: goes on with what the one before it left, or begins, and prints what came
 * of it. Its folder holds its state, the hosts, and what their plan makes.
 */
const folder = process.argv[2]!
const at = (name: string) => path.join(folder, name)

/** The first try goes on by itself when its process is killed, until it is told to end. */
const waits = `[ -e ${at('quick')} ] || { until [ -e ${at('end')} ]; do sleep 0.1; done; touch ${at('ended')}; exit 1; }`

const web = type({
  plan: () =>
    pipe(
      file(at('first'), { content: 'first\n' }),
      lineInFile(at('runs'), 'begun', { create: true }),
      scriptOnce('take a while', `echo run >>${at('tries')}; ${waits}; touch ${at('slow')}`, {
        creates: at('slow'),
      }),
      file(at('last'), { content: 'last\n' }),
    ),
})
const all = flow({
  input: z.strictObject({}),
  steps: pipe(source(JSON.parse(readFileSync(at('hosts.json'), 'utf8')) as Hosts), provision()),
})
const runtime = wireLocal({
  loaded: { config: configSchema.parse({ state: 'state' }), folder, file: undefined },
  flows: new Map([['all', all], ...typeFlows(typesIn({ web }))]),
  providers: { kvm: () => fakeProvider() },
  out: { publish: () => {} },
})
await runtime.resumeAbandoned()
const execution = await runtime.submit(all, {}, { name: 'victim' })
process.stdout.write(`${JSON.stringify(await execution.result())}\n`)
await runtime.close()
