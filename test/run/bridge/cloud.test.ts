import { expect, test } from 'vitest'
import { merge } from '../../../src/core/combinators/merge.ts'
import { parallel } from '../../../src/core/combinators/parallel.ts'
import { pipe } from '../../../src/core/combinators/pipe.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { exec } from '../../../src/operations/remote/index.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { fakeClock } from '../../executor/fake-clock.ts'
import { fakeBridge } from '../../fakes/bridge.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { scriptedHosts } from '../../fakes/scripted-hosts.ts'

test('what is about the cloud alone is executed here and not handed to the bridge', async () => {
  const clock = fakeClock(undefined, 40)
  const store = memoryStore()
  const common = { clock, store, out: { publish: () => {} }, progress: () => {}, nameOf: () => undefined }
  const [here, there] = [scriptedHosts({}, clock), scriptedHosts({}, clock)]
  const behind = localRuntime({ ...common, hosts: there })
  const bridge = fakeBridge({ desk: behind.desk })
  const runtime = localRuntime({ ...common, hosts: here, bridge: bridge.connect(store, clock) })
  try {
    const both = pipe(
      parallel(exec(hosts({ via: 'ssm' }, ['i-0abc']), 'uptime'), exec(hosts(['foo']), 'uptime')),
      merge(),
    )
    const out = await (await runtime.submit(both, undefined, {})).result()
    expect(out.failure).toEqual([])
    expect(here.calls.map(({ host, via }) => `${host} by ${via}`)).toEqual(['i-0abc by ssm'])
    expect(there.calls.map(({ host, via }) => `${host} by ${via}`)).toEqual(['foo by ssh'])
    expect(bridge.executed).toHaveLength(1)
  } finally {
    await runtime.close()
    await behind.close()
  }
})
