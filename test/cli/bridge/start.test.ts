import { expect, test } from 'vitest'
import { processContext } from '../../../src/cli/context.ts'
import type { RootOptions, Roots } from '../../../src/run/root.ts'
import { call, project, start } from '../harness.ts'

/** Roots that write down what they are started with and run until they are told to end. */
function recording() {
  const started: [string, RootOptions][] = []
  const root = (name: string) => async () => ({
    start: async (options: RootOptions) => {
      started.push([name, options])
      options.say(`${name} runs`)
      await new Promise(resolve => options.signal.addEventListener('abort', resolve))
      return 0
    },
  })
  const roots: Roots = { bridge: root('bridge'), relay: root('relay'), agent: root('agent') }
  return { started, roots }
}

test.each([
  [['bridge'], 'bridge', {}, []],
  [['relay'], 'relay', {}, []],
  [['agent', 'agent.json'], 'agent', {}, ['agent.json']],
  [['agent', '--bridge', 'tcp://a:1', '--host', 'foo'], 'agent', { bridge: 'tcp://a:1', host: 'foo' }, []],
] as const)('%j starts its root and ends it by a signal', async (line, name, flags, words) => {
  const folder = await project()
  const { started, roots } = recording()
  const calling = start(folder, line, { roots })
  await expect.poll(() => started.length).toBe(1)
  calling.interrupt('SIGTERM')
  const { status, stderr } = await calling.done
  expect(status).toBe(0)
  expect(stderr).toBe(`reops: ${name} runs\nreops: stopping; again ends at once\n`)
  expect(started[0]).toMatchObject([name, { loaded: { folder }, args: { flags, words } }])
  expect(calling.exits).toEqual([])
})

test('the second signal ends the process', async () => {
  const { started, roots } = recording()
  const calling = start(await project(), ['bridge'], { roots })
  await expect.poll(() => started.length).toBe(1)
  calling.interrupt('SIGINT')
  calling.interrupt('SIGINT')
  await calling.done
  expect(calling.exits).toEqual([130])
})

test.each([
  [['bridge', '--json'], 'reops bridge status has it'],
  [['bridge', 'status', '--systemd'], 'reops bridge has it'],
  [['bridge', 'stauts'], 'does not know what to do with "stauts"'],
  [['bridge', '--user', 'ops'], 'it goes with --systemd'],
  [['relay', 'x'], 'does not know what to do with "x"'],
  [['agent', 'a', 'b'], 'does not know what to do with "b"'],
])('%j is a wrong use: %s', async (words, said) => {
  const { started, roots } = recording()
  const { status, stderr } = await call(await project(), words, { roots })
  expect(stderr).toContain(said)
  expect(status).toBe(2)
  expect(started).toEqual([])
})

test('who brings no roots can start none', async () => {
  expect(processContext().roots).toBeUndefined()
  expect(await call(await project(), ['bridge'])).toMatchObject({ status: 2 })
})
