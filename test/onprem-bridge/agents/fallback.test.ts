import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { exec, fallback, hosts } from '../../../src/index.ts'
import { openHostsPort } from '../../../src/run/hosts-port.ts'
import { localRuntime } from '../../../src/run/local-runtime.ts'
import { memoryStore } from '../../fakes/memory-store.ts'
import { type Lab, openLab, until } from './lab.ts'

let lab: Lab
beforeEach(async () => {
  lab = await openLab()
})
afterEach(() => lab.close())

test('only hosts that certainly did not execute go by SSH; what may have run is named and not repeated', async () => {
  const bySsh: string[] = []
  const refuse = async (): Promise<never> => {
    throw new Error('not asked')
  }
  const ssh = {
    open: async ({ name }: { name: string }) => ({
      exec: async () => {
        bySsh.push(name)
        return { stdout: 'by ssh', stderr: '', exit: 0 }
      },
      upload: refuse,
      download: refuse,
      sync: refuse,
    }),
    close: async () => {},
  }
  const runtime = localRuntime({
    hosts: openHostsPort({ agent: () => lab.transport, ssh: () => ssh }, { concurrency: 8, timeout: 20_000 }),
    store: memoryStore(),
    out: { publish: () => {} },
    progress: () => {},
    nameOf: () => undefined,
  })
  await lab.join('present')
  const lost = await lab.join('lost')
  const drained = await lab.join('drained')
  await drained.agent.stop(0)
  const trace = path.join(lab.folder, 'trace')
  const closet = hosts({ via: 'agent' }, ['present', 'lost', 'drained', 'never'])
  const command = `echo ran >> ${trace}; until [ -e ${lab.folder}/go ]; do sleep 0.02; done`
  const work = await runtime.submit(fallback(exec(closet, command), 'ssh'), undefined, {})
  const runs = async () => (await readFile(trace, 'utf8').catch(() => '')).split('\n').filter(Boolean).length
  await until(async () => (await runs()) === 2)
  // Its agent is started anew in the middle of the call.
  lost.line.cut()
  await lab.join('lost')
  await (await lab.remote('present')).exec(`: > ${lab.folder}/go`, { signal: new AbortController().signal })
  const outcome = await work.result()
  expect(bySsh.toSorted()).toEqual(['drained', 'never'])
  expect(outcome.successful.map(({ host }) => host).toSorted()).toEqual(['drained', 'never', 'present'])
  expect(outcome.failure).toMatchObject([{ host: 'lost', code: 'unknown' }])
  expect(await runs()).toBe(2)
})
