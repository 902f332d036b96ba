import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { Writable } from 'node:stream'
import { expect, test, vi } from 'vitest'
import { followChild } from '../../../src/cli/cloud/deploy/child.ts'
import type { CommandContext, Interrupt } from '../../../src/cli/context.ts'
import { project } from '../harness.ts'

/** Follows a program in the place of the CDK's, by a command whose streams are these and which is told of signals by us. */
async function following(program: string, quietly = false, hear?: (text: string) => void) {
  const cwd = await project()
  const file = path.join(cwd, 'program.mjs')
  await writeFile(file, program)
  const written = { stdout: '', stderr: '' }
  const stream = (name: keyof typeof written) =>
    new Writable({
      write(chunk, _encoding, done) {
        written[name] += String(chunk)
        done()
      },
    })
  const listeners = new Set<(signal: Interrupt) => void>()
  const context = {
    ...{ cwd, env: {}, stdin: {}, stdout: stream('stdout'), stderr: stream('stderr') },
    onInterrupt: (listener: (signal: Interrupt) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  } as unknown as CommandContext
  const ended = followChild(context, [file], {
    env: {},
    cwd,
    quietly,
    leaves: 'stopping; the rest goes on',
    hear,
  })
  // Whoever looks later must not be late.
  ended.catch(() => {})
  return {
    written,
    listeners,
    ended,
    interrupt: (signal: Interrupt) => {
      for (const listener of listeners) listener(signal)
    },
    /** Until it has said this. */
    says: (text: string) => vi.waitUntil(() => (written.stdout + written.stderr).includes(text)),
  }
}

const waiting = `setInterval(() => {}, 1000)`

test('what it says is passed on, and its status answered', async () => {
  const { ended, written, listeners } = await following(
    `console.log('out'); console.error('err'); process.exitCode = 3`,
  )
  expect(await ended).toBe(3)
  expect(written).toEqual({ stdout: 'out\n', stderr: 'err\n' })
  expect(listeners.size).toBe(0)
})

test('all of it goes to stderr where stdout is for a document', async () => {
  const { ended, written } = await following(`console.log('out')`, true)
  expect(await ended).toBe(0)
  expect(written).toEqual({ stdout: '', stderr: 'out\n' })
})

test('it is heard where somebody listens, and passed on all the same', async () => {
  const heard: string[] = []
  const { ended, written } = await following(`console.log('out'); console.error('err')`, true, text =>
    heard.push(text),
  )
  expect(await ended).toBe(0)
  expect(heard.sort()).toEqual(['err\n', 'out\n'])
  expect(written.stderr).toContain('out')
})

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s is handed over, with a word on what goes on', async (signal, status) => {
  const { ended, written, says, interrupt } = await following(
    `process.on('${signal}', () => { console.log('tidied'); process.exit(1) }); console.log('here'); ${waiting}`,
  )
  await says('here')
  interrupt(signal)
  expect(await ended).toBe(status)
  expect(written.stderr).toBe('reops: stopping; the rest goes on\n')
  expect(written.stdout).toContain('tidied')
})

test('a second Ctrl-C ends one that does not listen', async () => {
  const { ended, says, interrupt } = await following(
    `process.on('SIGINT', () => console.log('no')); console.log('here'); ${waiting}`,
  )
  await says('here')
  interrupt('SIGINT')
  await says('no')
  interrupt('SIGINT')
  expect(await ended).toBe(130)
})

test('one that somebody else ended did not do its work', async () => {
  const { ended } = await following(`process.kill(process.pid, 'SIGKILL'); ${waiting}`)
  await expect(ended).rejects.toMatchObject({
    name: 'CdkFailed',
    message: expect.stringContaining('SIGKILL'),
  })
})
