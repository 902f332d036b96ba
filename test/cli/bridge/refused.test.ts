import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { call, project } from '../harness.ts'
import { scene } from '../systems/scene.ts'
import { laptopOf } from './laptop.ts'

const key = 'rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7'

describe('what does not go through a bridge', () => {
  test.each([
    [['state', 'export'], /run it on the bridge's machine/],
    [['state', 'import', 'systems.json'], /no such file|can't be read|run it on the bridge's machine/],
    [['template', 'list'], /where the hypervisors are reached from/],
    [['template', 'import', 'a.qcow2', '--name', 'a'], /where the hypervisors are reached from/],
    [['template', 'remove', 'a', '--yes'], /where the hypervisors are reached from/],
    [['console', 'web-1', '--raw'], /log in to its machine and run it there/],
    [['ssh', 'web-1'], /is a system of the bridge.*log in to the machine of the bridge/],
  ])('%j is refused, and says what to do', async (words, why) => {
    const closet = await scene()
    await closet.have('web-1')
    const laptop = await laptopOf(closet)
    const { status, stdout, stderr } = await laptop.reops(words)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(why)
  })
})

describe('the bridge that is meant', () => {
  const closed = { transports: { ssh: () => Promise.reject(new Error('here')) } }

  test('is none, whatever is configured, when that is said', async () => {
    const closet = await scene()
    await closet.have('web-1')
    const laptop = await laptopOf(closet)
    for (const [words, env] of [
      [['list', '--bridge', 'none'], {}],
      [['list'], { REOPS_BRIDGE: 'none' }],
    ] as const) {
      const { stdout } = await laptop.reops([...words], { env })
      expect(stdout).toContain('no systems yet')
    }
    expect((await laptop.reops(['list'])).stdout).toContain('web-1')
    expect(laptop.bridge.executed).toHaveLength(1)
  })

  test('has to be known by its key', async () => {
    const folder = await project()
    const { status, stderr } = await call(folder, ['list', '--bridge', 'tcp://closet.lan:5760'], closed)
    expect(status).toBe(2)
    expect(stderr).toMatch(/its key is not known.*reops keys show prints it on its machine.*--bridge-key/)
  })

  test.each([
    [['list', '--bridge', 'closet'], /is no address of a bridge; it is tcp:\/\/<host>:<port>/],
    [['list', '--bridge', 'tcp://closet:5760', '--bridge-key', 'short'], /40 characters.*this one has 5/],
    [['exec', 'foo', '--bridge', 'udp://closet:1', '--', 'id'], /is no address of a bridge/],
  ])('%j is refused', async (words, why) => {
    const { status, stderr } = await call(await project(), words, closed)
    expect(status).toBe(2)
    expect(stderr).toMatch(why)
  })

  test('is what a flag says before the environment, and the environment before the configuration', async () => {
    const folder = await project({
      'reops.config.ts': `export default ${JSON.stringify({ bridge: { url: 'tcp://a:1', key, relayKey: key } })}\n`,
    })
    await mkdir(path.join(folder, '.reops'))
    const meant: unknown[] = []
    const bridge: NonNullable<NonNullable<Parameters<typeof call>[2]>['bridge']> = ({ config }) => {
      const { url, relayKey } = config.bridge
      meant.push([url, relayKey === undefined ? 'alone' : 'relayed'])
      return { answer: async () => [], close: async () => {} }
    }
    await call(folder, ['list'], { bridge })
    await call(folder, ['list'], { bridge, env: { REOPS_BRIDGE: 'tcp://b:1' } })
    await call(folder, ['list', '--bridge', 'tcp://c:1'], { bridge, env: { REOPS_BRIDGE: 'tcp://b:1' } })
    expect(meant).toEqual([
      ['tcp://a:1', 'relayed'],
      ['tcp://b:1', 'alone'],
      ['tcp://c:1', 'alone'],
    ])
  })
})
