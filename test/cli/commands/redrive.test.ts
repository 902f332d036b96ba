import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { openProject, seed } from '../executions/seed.ts'
import { type CallOptions, call, project, start } from '../harness.ts'
import { startReops } from '../real.ts'
import { scripted } from '../scripted-transport.ts'

const flows = `
import { existsSync } from 'node:fs'
import { exec, flow, hosts, pipe, query, source, transform, wait } from 're-ops'
import * as z from 'zod'

const closet = hosts(['foo', 'bar'])
const none = z.strictObject({})
const mended = new URL('../mended', import.meta.url)

export const shaky = flow({
  input: z.strictObject({ word: z.string().default('hi') }),
  steps: input => pipe(
    exec(closet, ['echo', input.word]),
    transform(function repair(out) { if (existsSync(mended)) return out; throw new RangeError('not mended') }),
  ),
})
export const stuck = flow({ input: none, steps: pipe(source(1), transform(function always() { throw new RangeError('never') }), wait(3600)) })
export const slow = flow({ input: none, steps: pipe(source(20), wait(2), query('$states.input + 1')) })
export const long = flow({ input: none, steps: wait(3600) })
`

async function shelf() {
  const folder = await project({ 'flows/index.ts': flows })
  let asked = 0
  const ssh = scripted((_host, command) => {
    asked++
    return `${command.slice(1)}\n`
  })
  const reops = (words: readonly string[], options: CallOptions = {}) =>
    call(folder, words, { transports: { ssh }, ...options })
  return { folder, reops, asked: () => asked }
}

describe('redrive', () => {
  test('goes on from where it failed, with the same input, and prints and exits as run does', async () => {
    const { folder, reops, asked } = await shelf()
    expect((await reops(['run', 'shaky', '--input', 'word=hello'])).status).toBe(1)
    expect((await reops(['redrive', 'latest'])).status).toBe(1)
    await writeFile(path.join(folder, 'mended'), '')
    const { status, stdout, stderr } = await reops(['redrive', 'latest'])
    expect(stdout.replaceAll(/ \(.*\)/g, '')).toBe('foo,bar  hello\n2 hosts: 2 ok\n')
    expect({ status, stderr, asked: asked() }).toEqual({ status: 0, stderr: '', asked: 2 })
    const shown = (await reops(['show', 'latest'])).stdout
    expect(shown).toMatch(/^shaky-\w+ {2}succeeded$/m)
    expect(shown).toMatch(/^redriven +2 times$/m)
    expect(shown).toMatch(/^ {2}transform repair +Task .* 2 retries \(2 × RangeError\)$/m)
    expect((await reops(['executions'])).stdout).toMatch(/^shaky-\w+ +shaky +succeeded/m)
  })

  test('--json prints one document', async () => {
    const { reops } = await shelf()
    await reops(['run', 'stuck'])
    const { status, stdout } = await reops(['redrive', 'latest', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({
      flow: 'stuck',
      status: 'failed',
      error: { name: 'RangeError' },
    })
    expect(status).toBe(1)
  })

  test('of what has not failed is refused with status 2', async () => {
    const { folder, reops } = await shelf()
    await seed(openProject(folder), 'fine')
    const { status, stderr } = await reops(['redrive', 'fine'])
    expect(stderr).toBe(
      'reops: fine is succeeded; only one that failed, timed out or was aborted is redriven\n',
    )
    expect(status).toBe(2)
  })

  test('of a flow that was changed is refused by name', async () => {
    const { folder, reops } = await shelf()
    await seed(openProject(folder), 'old', { flow: 'stuck', states: { No: { Type: 'Fail' } } })
    const { status, stderr } = await reops(['redrive', 'old'])
    expect(stderr).toContain('flow stuck was changed while old was under way')
    expect(status).toBe(1)
  })
})

describe('an execution of another process', () => {
  const started = async (folder: string, flow: string) => {
    const { child, ended } = startReops(['run', flow], folder)
    const store = openProject(folder)
    const entered = () => {
      const [newest] = store.list({ limit: 1 })
      return newest && [...store.journal(newest.id)].some(({ event }) => event.type === 'WaitStateEntered')
    }
    while (!entered()) await sleep(50)
    return { child, ended, store }
  }

  test('that was killed is gone on with by resume', async () => {
    const { folder, reops } = await shelf()
    const { child, ended } = await started(folder, 'slow')
    child.kill('SIGKILL')
    await ended
    const { status, stdout, stderr } = await reops(['resume'])
    expect(stderr).toMatch(/^reops: going on with slow-\w+\n$/)
    expect(stdout).toMatch(/^slow-\w+ {2}succeeded\n$/)
    expect(status).toBe(0)
    expect(JSON.parse((await reops(['show', 'latest', '--output'])).stdout)).toBe(21)
    expect((await reops(['resume'])).stdout).toBe('nothing was left behind\n')
  }, 20_000)

  test('that was killed is ended by cancel', async () => {
    const { folder, reops } = await shelf()
    const { child, ended, store } = await started(folder, 'long')
    child.kill('SIGKILL')
    await ended
    expect(await reops(['cancel', 'latest'])).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('was cancelled'),
    })
    expect(store.list({ limit: 1 })[0]?.status).toBe('ABORTED')
  }, 20_000)

  test('is cancelled by cancel, which says so on both sides', async () => {
    const { folder, reops } = await shelf()
    const { ended } = await started(folder, 'long')
    const following = start(folder, ['events', 'latest', '--follow'])
    const { status, stdout } = await reops(['cancel', 'latest', '--reason', 'enough'])
    expect(stdout).toMatch(/^long-\w+ was cancelled\n$/)
    expect(status).toBe(0)
    expect((await ended).status).toBe(130)
    expect(await following.done).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('ExecutionAborted'),
    })
  }, 20_000)
})

test('resume where nothing was run says so, and leaves nothing behind', async () => {
  const { reops } = await shelf()
  expect(await reops(['resume'])).toEqual({ status: 0, stdout: 'nothing was left behind\n', stderr: '' })
})
