import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Lab, never, openLab, troubleOf, until } from './lab.ts'

let lab: Lab
beforeEach(async () => {
  lab = await openLab()
})
afterEach(() => lab.close())

const lines = async (file: string) =>
  (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean)

test('a call that outlives its session attaches again, runs once and loses no output', async () => {
  const { line } = await lab.join('foo')
  const trace = path.join(lab.folder, 'trace')
  const go = path.join(lab.folder, 'go')
  const remote = await lab.remote('foo')
  const work = remote.exec(
    `echo ran >> ${trace}; seq 1 50000; until [ -e ${go} ]; do sleep 0.02; done; seq 50001 100000; echo err >&2`,
    {
      signal: never,
      timeout: 20_000,
    },
  )
  await until(async () => (await lines(trace)).length > 0)
  for (let count = 0; count < 5; count++) {
    line.cut()
    expect(lab.hub.agents()[0]?.state).toBe('gone')
    line.reconnect()
    await until(() => lab.hub.agents()[0]?.state === 'connected')
  }
  await writeFile(go, '')
  const { kept, exit, stderr } = await work
  expect([exit, stderr]).toEqual([0, 'err\n'])
  const said = await lines(kept?.stdout?.ref ?? '')
  expect(said).toEqual(Array.from({ length: 100_000 }, (_, at) => String(at + 1)))
  expect(await lines(trace)).toEqual(['ran'])
})

test('an answer that was given while nobody was there is given again', async () => {
  const { line } = await lab.join('foo')
  const trace = path.join(lab.folder, 'trace')
  const remote = await lab.remote('foo')
  const work = remote.exec(`sleep 0.05; echo done; echo ran >> ${trace}`, { signal: never, timeout: 20_000 })
  await new Promise(resolve => setImmediate(resolve))
  line.cut()
  await until(async () => (await lines(trace)).length > 0)
  line.reconnect()
  expect(await work).toMatchObject({ stdout: 'done\n', exit: 0 })
  expect(await lines(trace)).toEqual(['ran'])
})

test('files that are under way go on from where they were, whichever way they go', async () => {
  const { line } = await lab.join('foo')
  const content = randomBytes(6_000_000)
  const at = (name: string) => path.join(lab.folder, name)
  await writeFile(at('source'), content)
  const remote = await lab.remote('foo')
  const breaking = () => {
    let cuts = 0
    return ({ bytes }: { bytes: number }) => {
      if (bytes < (cuts + 1) * 1_500_000 || cuts >= 3) return
      cuts++
      setImmediate(() => {
        line.cut()
        line.reconnect()
      })
    }
  }
  await remote.upload(at('source'), at('there'), { signal: never, onProgress: breaking() })
  await remote.download(at('there'), at('back'), { signal: never, onProgress: breaking() })
  expect((await readFile(at('there'))).equals(content)).toBe(true)
  expect((await readFile(at('back'))).equals(content)).toBe(true)
  expect(lab.hub.counts().registered).toBeGreaterThan(2)
})

test('a call that was under way when the agent was started anew is unknown, and is not begun again', async () => {
  const first = await lab.join('foo')
  const trace = path.join(lab.folder, 'trace')
  const remote = await lab.remote('foo')
  const work = troubleOf(remote.exec(`echo ran >> ${trace}; sleep 30`, { signal: never, timeout: 20_000 }))
  await until(async () => (await lines(trace)).length > 0)
  first.line.cut()
  await lab.join('foo')
  expect(await work).toMatchObject({ code: 'unknown', message: expect.stringContaining('started anew') })
  expect(await lines(trace)).toEqual(['ran'])
})

test('an agent that does not come back leaves its calls unknown at their deadline', async () => {
  const { line } = await lab.join('foo')
  const remote = await lab.remote('foo')
  const work = troubleOf(remote.exec('sleep 5', { signal: never, timeout: 150 }))
  await new Promise(resolve => setImmediate(resolve))
  line.cut()
  expect(await work).toMatchObject({ code: 'unknown', message: expect.stringContaining('did not come back') })
})

test('an agent may be given up before that', async () => {
  await lab.close()
  lab = await openLab({ reattach: 30 })
  const { line } = await lab.join('foo')
  const remote = await lab.remote('foo')
  const work = troubleOf(remote.exec('sleep 0.3', { signal: never, timeout: 20_000 }))
  await new Promise(resolve => setImmediate(resolve))
  line.cut()
  expect((await work).code).toBe('unknown')
})

test('what was cancelled while the agent was away is ended when it is back', async () => {
  const { line } = await lab.join('foo')
  const pid = path.join(lab.folder, 'pid')
  const remote = await lab.remote('foo')
  const controller = new AbortController()
  const work = troubleOf(
    remote.exec(`echo $$ > ${pid}; exec sleep 60`, { signal: controller.signal, timeout: 60_000 }),
  )
  await until(async () => (await lines(pid)).length > 0)
  line.cut()
  controller.abort()
  expect((await work).code).toBe('cancelled')
  line.reconnect()
  const alive = (process_: number) => {
    try {
      return process.kill(process_, 0)
    } catch {
      return false
    }
  }
  const [found] = await lines(pid)
  await until(() => !alive(Number(found)))
})

test('an agent that drains takes no more calls and finishes those under way', async () => {
  const { agent } = await lab.join('foo')
  const begun = path.join(lab.folder, 'begun')
  const go = path.join(lab.folder, 'go')
  const remote = await lab.remote('foo')
  const work = remote.exec(`: > ${begun}; until [ -e ${go} ]; do sleep 0.02; done; echo done`, {
    signal: never,
    timeout: 20_000,
  })
  await until(async () => (await readdir(lab.folder)).includes('begun'))
  const stopping = agent.stop(20_000)
  const refused = await troubleOf(remote.exec('true', { signal: never, timeout: 5_000 }))
  expect(refused).toMatchObject({
    code: 'unreachable',
    message: expect.stringContaining('nothing was executed'),
  })
  await writeFile(go, '')
  expect(await work).toMatchObject({ stdout: 'done\n' })
  await stopping
  expect(await agent.over).toEqual({ why: 'stopped' })
  expect(lab.hub.agents()).toMatchObject([{ state: 'gone' }])
})

test('an agent that must not wait ends what is under way', async () => {
  const { agent } = await lab.join('foo')
  const begun = path.join(lab.folder, 'begun')
  const remote = await lab.remote('foo')
  const work = troubleOf(remote.exec(`: > ${begun}; sleep 60`, { signal: never, timeout: 60_000 }))
  await until(async () => (await readdir(lab.folder)).includes('begun'))
  await agent.stop(0)
  expect((await work).code).toBe('cancelled')
})

test('a bundle that is wanted when the session breaks is sent on the next one', async () => {
  const { line } = await lab.join('foo')
  const remote = await lab.remote('foo')
  for (const turns of [1, 2, 3, 4, 6, 9]) {
    const bundle = Buffer.from(`export default () => ${turns} // ${'x'.repeat(1_500_000)}`)
    const sha256 = createHash('sha256').update(bundle).digest('hex')
    const work = remote.call!('evaluate', { bundle: sha256 }, { signal: never, timeout: 20_000, bundle })
    for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
    line.cut()
    line.reconnect()
    expect(await work).toBe(turns)
  }
})
