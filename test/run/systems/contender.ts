// A second process on the same machines: run by machines.test.ts with the state folder, the configuration and what it
// is to do. It prints the outcome.
import { configSchema } from '../../../src/core/config.ts'
import { create, kvm, memory, named, pipe, start, stop, systems } from '../../../src/index.ts'
import { wireLocal } from '../../../src/run/wire.ts'

const [state = '', config = '', does = ''] = process.argv.slice(2)
const runtime = wireLocal({
  loaded: { config: configSchema.parse(JSON.parse(config)), folder: state, file: undefined },
  out: { publish: () => {} },
  progress: event => event.kind === 'stage' && process.stderr.write(`${event.stage}\n`),
  notice: () => {},
})
const one = systems(named('one'))
const work = {
  start: pipe(one, start({ wait: '30s', ready: false })),
  stop: pipe(one, stop({ wait: '30s', grace: '1s', force: true })),
  create: create(kvm('big-iron'), memory(64), named('half'), { start: false }),
}[does]
if (work === undefined) throw new Error(`nothing is called ${does}`)
const outcome = await (await runtime.submit(work as never, undefined, {})).result()
process.stdout.write(JSON.stringify(outcome))
await runtime.close()
