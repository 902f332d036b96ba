import { expect, test } from 'vitest'
import type { Calling } from '../harness.ts'
import { type Answer, untilCancelled } from '../scripted-transport.ts'
import { type Scene, scene } from '../systems/scene.ts'
import { laptopOf, plain } from './laptop.ts'

const config = {
  hypervisors: { 'big-iron': { provider: 'kvm' }, small: { provider: 'kvm', os: 'debian-12' } },
  hosts: { foo: { address: '127.0.0.1' } },
  groups: { closet: ['foo', 'redis-1'] },
  defaults: { key: 'closet' },
}

const answer: Answer = (host, command) =>
  host.name === 'redis-1' ? { exit: 3, stderr: 'no' } : `${host.user ?? 'nobody'}@${host.name}: ${command}\n`

/** Does the same in the closet and from a laptop, one command after the other, and compares what each says. */
async function compare(
  commands: readonly (readonly string[])[],
  fill: (closet: Scene) => Promise<unknown> = async () => {},
  files: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [here, there] = [await scene({ answer, config, files }), await scene({ answer, config, files })]
  await fill(here)
  await fill(there)
  const laptop = await laptopOf(there, answer, config, files)
  for (const words of commands) {
    const [mine, theirs] = [await laptop.reops(words), await here.reops(words)]
    const seen = { status: mine.status, stdout: plain(mine.stdout), stderr: plain(mine.stderr) }
    expect({ words, ...seen }).toEqual({
      words,
      status: theirs.status,
      stdout: plain(theirs.stdout),
      stderr: plain(theirs.stderr),
    })
  }
  expect(await there.standing()).toEqual(await here.standing())
  return laptop.bridge.executed.length
}

const machines = async (closet: Scene) => {
  await closet.have('redis-1', { type: 'redis', tags: ['cache'], key: 'closet' })
  await closet.have('redis-2', { state: 'stopped' })
  await closet.have('web-1')
}

test('looking at systems says the same, whoever has them', async () => {
  const looked = await compare(
    [
      ['list'],
      ['list', '--json'],
      ['list', 'running', 'typed:redis', '--wide'],
      ['list', 'redis-[1-2]', 'not:tagged:cache'],
      ['list', 'closet'],
      ['list', 'redsi-1'],
      ['describe', 'redis-1'],
      ['describe', 'redis-1', '--json'],
      ['describe', 'redsi-1'],
      ['state', 'history', 'redis-2'],
      ['state', 'history', 'redis-2', '--json'],
      ['state', 'history', 'nobody'],
    ],
    machines,
  )
  expect(looked).toBeGreaterThan(10)
})

test('working on systems does the same and says the same', async () => {
  await compare(
    [
      ['start', 'redis-2', '--no-ready'],
      ['stop', 'running', 'typed:redis', '--yes', '--json'],
      ['stop', 'nobody'],
      ['snapshot', 'before', 'web-1'],
      ['revert', 'before', 'web-1', '--yes', '--no-ready'],
      ['resize', 'redis-1', '--cpu', '2', '--ram', '1G'],
      ['clone', 'redis-1', 'copy', '--no-start'],
      ['repair', 'web-1', '--no-ready'],
      ['restart', 'web-1', '--yes', '--no-ready'],
      ['destroy', 'redis-2', '--yes'],
      ['state', 'history', 'redis-2'],
      ['sync'],
      ['sync', '--on', 'nowhere'],
      ['list', '--refresh'],
      ['create', 'small', '--name', 'web-2', '--yes', '--no-start'],
      ['create', 'small', '--name', 'web-1', '--yes', '--no-start'],
      ['provision', 'web-1'],
      ['provision', 'redis-1', '--plan'],
      ['list', 'nothing:there'],
    ],
    machines,
  )
})

const flows = `
  import { exec, flow, hosts, pick, pipe, pretty, successful, transform } from 're-ops'
  import * as z from 'zod'
  const all = hosts(['foo', 'redis-1', 'bar'])
  const input = z.strictObject({})
  export const up = flow({ input, steps: pipe(exec(all, 'uptime'), pretty(), pick(successful), exec('id')) })
  export const wrong = flow({ input, steps: pipe(transform(() => 5), exec('uptime')) })
  export const thrown = flow({ input, steps: transform(() => { throw new TypeError('a mistake') }) })
`

test('commands and flows on hosts do the same and say the same', async () => {
  const executed = await compare(
    [
      ['exec', 'foo', '--', 'uptime'],
      ['exec', 'closet', '--json', '--', 'uptime'],
      ['exec', 'foo,bar', '--user', 'root', '--concurrency', '1', '--timeout', '5s', '--', 'uptime'],
      ['exec', 'fooo', '-q', '--', 'uptime'],
      ['run', 'up'],
      ['run', 'up', '--json'],
      ['run', 'up', '--user', 'root', '--quiet'],
      ['run', 'wrong'],
      ['run', 'wrong', '--json'],
      ['run', 'thrown', '--json'],
      ['run', 'nothing'],
      ['run', 'up', '--name', 'once'],
      ['run', 'up', '--name', 'once'],
      ['flows'],
      ['plan', 'up'],
      ['compile', 'up'],
    ],
    undefined,
    { 'flows/index.ts': flows },
  )
  // Each `exec`, two steps of each run of `up`, one of `wrong`; what was answered once is not asked again.
  expect(executed).toBe(4 + 4 * 2 + 2)
})

test('an interrupted command keeps what there is, and says the same', async () => {
  let hanging = 0
  const hang: Answer = (host, _command, options) => {
    if (host.name === 'foo') return 'up\n'
    hanging++
    return untilCancelled(options)
  }
  const interrupted = async (calling: Calling) => {
    const before = hanging
    await expect.poll(() => hanging).toBe(before + 1)
    calling.interrupt('SIGINT')
    const { status, stdout, stderr } = await calling.done
    return { status, stdout: plain(stdout), stderr: plain(stderr) }
  }
  const [here, there] = [await scene({ answer: hang, config }), await scene({ answer: hang, config })]
  const laptop = await laptopOf(there, hang, config)
  const words = ['exec', 'foo,bar', '--', 'uptime']
  const seen = await interrupted(laptop.start(words))
  expect(seen).toMatchObject({ status: 130, stdout: expect.stringMatching(/foo[\s\S]*bar/) })
  expect(seen).toEqual(await interrupted(here.start(words)))
})

test('the prompt answers the same', async () => {
  const [here, there] = [await scene({ answer, config }), await scene({ answer, config })]
  for (const closet of [here, there]) await machines(closet)
  const laptop = await laptopOf(there, answer, config)
  const stdin = `exec(all, 'uptime')
await run(pipe(systems(running), exec('id'), pretty()))
(await run(exec(hosts(['redis-1']), 'uptime'))).failure.length
await run(pipe(systems(named('web-1')), stop()))
await run(systems(sys => sys.hostname === 'web-1'))
await run(exec(5, 'uptime'))
`
  const [mine, theirs] = [await laptop.reops(['repl'], { stdin }), await here.reops(['repl'], { stdin })]
  expect(mine.stdout).toContain('redis-1')
  expect({ ...mine, stdout: plain(mine.stdout), stderr: plain(mine.stderr) }).toEqual({
    ...theirs,
    stdout: plain(theirs.stdout),
    stderr: plain(theirs.stderr),
  })
  expect(laptop.bridge.executed.length).toBeGreaterThan(6)
})
