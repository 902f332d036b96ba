import { Duplex } from 'node:stream'
import { expect, test } from 'vitest'
import { attachTerminal } from '../../../../src/cli/systems/console/attach.ts'
import { fakeProvider } from '../../../fakes/provider.ts'
import { type Scene, scene } from '../scene.ts'

/** A console that answers each line in capitals, and closes at `bye`. */
function shouting(): Duplex {
  return new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      const said = chunk.toString()
      this.push(said.toUpperCase())
      if (said.includes('bye')) this.push(null)
      done()
    },
  })
}

async function closet(open: () => Duplex = shouting): Promise<Scene> {
  const made = await scene({ provider: { ...fakeProvider(), console: async () => open() } })
  await made.have('redis-1')
  return made
}

test('console without a terminal is refused', async () => {
  const { reops } = await closet()
  const { status, stderr } = await reops(['console', 'redis-1'])
  expect(stderr).toBe(
    'reops: reops console needs a terminal; --raw leads stdin there and its output to stdout\n',
  )
  expect(status).toBe(2)
})

test('console --raw leads stdin there and its output to stdout', async () => {
  const { reops } = await closet()
  expect(await reops(['console', 'redis-1', '--raw'], { stdin: 'uptime ~.\n' })).toEqual({
    status: 0,
    stdout: 'UPTIME ~.\n',
    stderr: '',
  })
})

test('console of a machine that hangs up ends', async () => {
  const { reops } = await closet()
  expect(await reops(['console', 'redis-1', '--raw'], { stdin: 'bye\n' })).toMatchObject({
    status: 0,
    stdout: 'BYE\n',
  })
})

test('console that breaks says so', async () => {
  const { reops } = await closet(() => {
    const broken = shouting()
    setTimeout(() => broken.destroy(new Error('the line was cut')), 50)
    return broken
  })
  const { status, stderr } = await reops(['console', 'redis-1', '--raw'], { stdin: '' })
  expect(stderr).toContain('the line was cut')
  expect(status).toBe(1)
})

test('console of systems that have none is refused', async () => {
  const { reops, have } = await scene({ provider: fakeProvider({ abilities: ['start'] }) })
  await have('redis-1')
  const { status, stderr } = await reops(['console', 'redis-1', '--raw'])
  expect(stderr).toContain('redis-1 has no console: kvm systems know no such thing')
  expect(status).toBe(2)
})

test.each([
  ['left', 'ls\r~.more', 'left'],
  ['closed', 'bye', 'closed'],
])('a terminal gets its mode back when the console is %s', async (_how, keys, ended) => {
  const modes: boolean[] = []
  const stdin = Object.assign(new Duplex({ read() {}, write() {} }), {
    isTTY: true,
    setRawMode: (mode: boolean) => void modes.push(mode),
  })
  const stdout = Object.assign(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }), {
    isTTY: true,
  })
  const far = shouting()
  const attached = attachTerminal(far, { stdin, stdout }, new AbortController().signal)
  stdin.push(keys)
  expect(await attached).toBe(ended)
  expect(modes).toEqual([true, false])
  expect(far.destroyed).toBe(true)
})

test('a terminal gets its mode back when the command is told to end', async () => {
  const modes: boolean[] = []
  const stdin = Object.assign(new Duplex({ read() {}, write() {} }), {
    setRawMode: (mode: boolean) => void modes.push(mode),
  })
  const aborter = new AbortController()
  const attached = attachTerminal(
    shouting(),
    { stdin, stdout: new Duplex({ read() {}, write() {} }) },
    aborter.signal,
  )
  aborter.abort(new Error('SIGTERM'))
  await expect(attached).rejects.toThrow('SIGTERM')
  expect(modes).toEqual([true, false])
})
