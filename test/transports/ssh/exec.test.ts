import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UnquotableWord } from '../../../src/core/quote.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import fc from '../../support/fast-check.ts'
import { needs } from '../../support/needs.ts'
import { never, type Reach, reach, troubleOf } from './reach.ts'

/** A length of sleep that no other run of these tests has. */
const long = (seconds: number) => `${seconds}.${process.pid}`

/** Processes whose command line has this in it. */
function running(trace: string): string[] {
  const rows = execFileSync('ps', ['-A', '-o', 'stat=,args='], { encoding: 'utf8' }).split('\n')
  return rows.filter(row => row.includes(trace) && !row.startsWith('Z'))
}

describe('a command', needs('sshd'), () => {
  let lab: Lab
  let ssh: Reach
  beforeAll(async () => {
    lab = await startLab([
      { name: 'foo' },
      { name: 'forced', config: ['ForceCommand echo forced; echo and stderr >&2'] },
    ])
    ssh = await reach(lab, { killGrace: 1_000, inlineLimit: 4_096, spoolLimit: 200_000_000 })
  })
  afterAll(async () => {
    await ssh?.close()
    await lab?.stop()
  })
  const open = (host = 'foo') => ssh.transport.open({ name: host }, { signal: never })

  test('keeps stdout, stderr and the exit status apart', async () => {
    expect(await ssh.run('foo', 'echo out; echo err >&2; exit 3')).toEqual({
      stdout: 'out\n',
      stderr: 'err\n',
      exit: 3,
    })
  })

  test('that a signal ended says so', async () => {
    expect(await ssh.run('foo', 'kill -KILL $$')).toMatchObject({ exit: null, signal: 'SIGKILL' })
  })

  test('that is not there is a result, as in a shell', async () => {
    expect((await ssh.run('foo', ['no-such-program'])).exit).toBe(127)
  })

  test('as words arrives as the same words', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc
            .string({ unit: 'grapheme', maxLength: 30 })
            .filter(text => !text.includes('\0') && text.isWellFormed()),
          { minLength: 1 },
        ),
        async words => {
          const { stdout } = await ssh.run('foo', ['printf', '%s\\0', ...words])
          expect(stdout.split('\0').slice(0, -1)).toEqual(words)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('with what no shell can be given is refused before it is sent', async () => {
    await expect(ssh.run('foo', ['echo', 'a\0b'])).rejects.toThrow(UnquotableWord)
    expect((await troubleOf(ssh.run('foo', []))).code).toBe('exception')
    expect((await troubleOf(ssh.run('foo', ['echo', 'x'.repeat(200_000)]))).message).toContain(
      'upload it as a file',
    )
  })

  test('gets its environment, whatever is in it, and no name that would be code', async () => {
    const value = "it's $HOME\n`id` \\ ü"
    const remote = await open()
    expect((await remote.exec(['printenv', 'A_1'], { signal: never, env: { A_1: value } })).stdout).toBe(
      `${value}\n`,
    )
    expect((await remote.exec('printf %s "$A_1"', { signal: never, env: { A_1: value } })).stdout).toBe(value)
    expect(
      (await troubleOf(remote.exec('true', { signal: never, env: { 'A=$(id)': 'x' } }))).message,
    ).toContain('environment')
  })

  test('gets its stdin, and the end of it', async () => {
    const remote = await open()
    const stdin = Buffer.alloc(3_000_000, 'x')
    expect((await remote.exec(['wc', '-c'], { signal: never, stdin })).stdout.trim()).toBe('3000000')
    expect((await remote.exec(['cat'], { signal: never })).stdout).toBe('')
  })

  test('shows every chunk as it comes', async () => {
    const seen: string[] = []
    const remote = await open()
    await remote.exec('echo one; echo two >&2', {
      signal: never,
      onOutput: (stream, chunk) => seen.push(`${stream} ${Buffer.from(chunk)}`),
    })
    expect(seen.toSorted()).toEqual(['stderr two\n', 'stdout one\n'])
  })

  test('with a large output keeps the whole in a file and the tail as text', async () => {
    const { stdout, stderr, kept } = await ssh.run('foo', 'seq 20000; seq 10 >&2')
    expect(stdout.length).toBeLessThanOrEqual(4_096)
    expect(stdout.endsWith('19999\n20000\n')).toBe(true)
    expect(stderr.startsWith('1\n')).toBe(true)
    expect(kept?.stderr).toBeUndefined()
    const file = kept?.stdout?.ref ?? ''
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(20_000)
    expect(kept?.stdout?.bytes).toBe(statSync(file).size)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test('with a very large output does not fill the memory', async () => {
    let most = 0
    const before = process.memoryUsage().rss
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss)
    }, 10)
    const { kept } = await ssh.run('foo', 'head -c 150000000 /dev/zero')
    clearInterval(timer)
    expect(kept?.stdout?.bytes).toBe(150_000_000)
    expect(most - before).toBeLessThan(110_000_000)
    rmSync(kept?.stdout?.ref ?? '')
  })

  test('that never stops talking is ended at the hard limit', async () => {
    const small = await reach(lab, { inlineLimit: 1_024, spoolLimit: 100_000, killGrace: 1_000 })
    const trouble = await troubleOf(small.run('foo', `yes reops-talks-${process.pid}`))
    expect(trouble.code).toBe('exception')
    expect(trouble.message).toContain('spoolLimit')
    expect(running(`yes reops-talks-${process.pid}`)).toEqual([])
    await small.close()
  })

  test('that takes too long is ended on the host, with all that it started', async () => {
    const remote = await open()
    const trouble = await troubleOf(
      remote.exec(`echo begun; sleep ${long(7001)} & sleep ${long(7001)}`, { signal: never, timeout: 400 }),
    )
    expect(trouble.code).toBe('timeout')
    expect(trouble.detail).toMatchObject({ stdout: 'begun\n', remote: 'ended' })
    expect(running(`sleep ${long(7001)}`)).toEqual([])
  })

  test('that ignores SIGTERM is killed after the grace', async () => {
    const remote = await open()
    const trouble = await troubleOf(
      remote.exec(`trap "" TERM; while :; do sleep 0.7003${process.pid}; done`, {
        signal: never,
        timeout: 300,
      }),
    )
    expect(trouble).toMatchObject({ code: 'timeout', detail: { remote: 'ended' } })
    expect(running(`sleep 0.7003${process.pid}`)).toEqual([])
  })

  test('that is cancelled is ended on the host too', async () => {
    const controller = new AbortController()
    const remote = await open()
    const work = remote.exec(['sleep', long(7005)], { signal: controller.signal })
    while (running(`sleep ${long(7005)}`).length === 0) await sleep(20)
    controller.abort()
    expect((await troubleOf(work)).code).toBe('cancelled')
    expect(running(`sleep ${long(7005)}`)).toEqual([])
  })

  test('that is cancelled before it is sent never runs', async () => {
    const trace = path.join(ssh.folder, 'ran')
    const remote = await open()
    expect((await troubleOf(remote.exec(['touch', trace], { signal: AbortSignal.abort() }))).code).toBe(
      'cancelled',
    )
    expect(() => statSync(trace)).toThrow()
  })

  test('whose connection is lost may have run or not', async () => {
    const own = await startLab([{ name: 'dying' }])
    const reached = await reach(own)
    const work = reached.run('dying', ['sleep', long(7007)])
    while (running(`sleep ${long(7007)}`).length === 0) await sleep(20)
    const trouble = troubleOf(work)
    await own.host('dying').kill()
    expect((await trouble).code).toBe('unknown')
    expect((await troubleOf(reached.run('dying', 'true'))).code).toBe('unreachable')
    await reached.close()
    await own.stop()
  })

  test('on a host that forces another one still has its answer', async () => {
    expect(await ssh.run('forced', ['ls'])).toEqual({ stdout: 'forced\n', stderr: 'and stderr\n', exit: 0 })
  })

  test('leaves no trace of how it was started', async () => {
    const { stdout } = await ssh.run('foo', 'echo "$#"; ps -o args= -p $$')
    expect(stdout).not.toContain('reops-')
  })
})
