import { describe, expect, it } from 'vitest'
import { hosts } from '../../../src/core/hosts.ts'
import { exec } from '../../../src/operations/remote/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { type Answer, fakeHosts } from '../../fakes/hosts.ts'

const foo = hosts(['foo'])

async function failureOf(answer: Answer, ok?: readonly number[]) {
  const outcome = await carryOut(exec(foo, 'work', ok ? { ok } : {}), { hosts: fakeHosts(() => answer) })
  expect(outcome.successful.length + outcome.failure.length).toBe(1)
  return outcome.failure[0]
}

describe('a command that ends with another status than was asked for', () => {
  it.each([
    [{ exit: 2, stderr: 'first\nls: no such file\n\n', stdout: 'half\n' }, 'exit status 2: ls: no such file'],
    [{ exit: 1, stderr: ' \n', stdout: 'it said this\nlast words' }, 'exit status 1: last words'],
    [{ exit: 127 }, 'exit status 127'],
    [{ exit: null, signal: 'SIGKILL', stderr: 'bye\n' }, 'ended by signal SIGKILL: bye'],
    [{ exit: null }, 'ended without an exit status'],
    [
      { exit: 1, stderr: '10%\r100%\r\u001b[31mred\u001b[0m\u0007 alarm\u009b2J\n' },
      'exit status 1: 10% 100% red alarm',
    ],
    [{ exit: 1, stderr: '\u001b[2J\u0000\n' }, 'exit status 1'],
  ])('%j fails with code exit, and says: %s', async (answer, message) => {
    const failure = await failureOf(answer)
    expect(failure).toMatchObject({ code: 'exit', message, detail: answer })
  })

  it('keeps a long last line out of the message and whole in the detail', async () => {
    const stderr = `${'x'.repeat(5_000)}\n`
    const failure = await failureOf({ exit: 1, stderr })
    expect(failure?.message.length).toBeLessThan(330)
    expect(failure?.detail).toMatchObject({ stderr })
  })

  it('hands on where the whole of a large output is kept', async () => {
    const kept = { stdout: { bytes: 1_000_000, ref: 'somewhere' } }
    expect((await failureOf({ exit: 1, kept }))?.detail).toMatchObject({ kept })
  })
})

describe('statuses that were said to be fine', () => {
  it('are successes, and 0 is none of them unless it is named', async () => {
    expect(await failureOf({ exit: 1 }, [0, 1])).toBeUndefined()
    expect(await failureOf({ exit: 0 }, [1])).toMatchObject({ code: 'exit', message: 'exit status 0' })
    expect(await failureOf({ exit: null, signal: 'SIGTERM' }, [0, 1])).toMatchObject({ code: 'exit' })
  })
})
