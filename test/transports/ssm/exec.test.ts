import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WireError } from '../../fakes/aws/wire.ts'
import { bar, foo, never, type Reach, reach, troubleOf } from './reach.ts'

let lab: Reach
beforeAll(async () => {
  lab = await reach()
})
afterAll(() => lab.close())

/** What SSM was called for since `from`. */
const since = (from: number) => lab.aws.callsOf('ssm').slice(from)
const calls = () => lab.aws.callsOf('ssm').length

describe('a command', () => {
  test('is sent once, and is looked at until it has ended', async () => {
    const remote = await lab.open()
    const from = calls()
    expect(await remote.exec('sleep 0.3; echo done', { signal: never })).toEqual({
      stdout: 'done\n',
      stderr: '',
      exit: 0,
    })
    const [first, ...rest] = since(from)
    expect(first).toBe('SendCommand')
    expect(rest.length).toBeLessThan(10)
    expect(new Set(rest)).toEqual(new Set(['GetCommandInvocation']))
  })

  test('may hold what Run Command would take for a parameter', async () => {
    const remote = await lab.open()
    const text = '{{ ssm:secret }} {{{x}}}'
    expect((await remote.exec(['echo', text], { signal: never })).stdout).toBe(`${text}\n`)
    expect((await remote.exec(`echo '${text}'`, { signal: never })).stdout).toBe(`${text}\n`)
    expect((await remote.exec('echo "$A"', { signal: never, env: { A: text } })).stdout).toBe(`${text}\n`)
  })

  test('with an exit status keeps the words of the agent out of its stderr', async () => {
    expect(await lab.run('echo mine >&2; exit 7')).toEqual({ stdout: '', stderr: 'mine\n', exit: 7 })
    expect(await lab.run('printf mine >&2; exit 7')).toMatchObject({ stderr: 'mine' })
  })

  test('whose output just fits, and just does not, is whole', async () => {
    for (const bytes of [23_999, 24_000, 24_001, 70_000]) {
      const { stdout, kept } = await lab.run(`head -c ${bytes} /dev/zero | tr '\\0' x`)
      const whole = kept?.stdout ? readFileSync(kept.stdout.ref, 'utf8') : stdout
      expect(whole).toBe('x'.repeat(bytes))
    }
  })

  test('with a long stderr keeps that, and its exit status', async () => {
    const { stdout, stderr, exit } = await lab.run('seq 5000 >&2; echo out; exit 9')
    expect([stdout, exit]).toEqual(['out\n', 9])
    expect(stderr).toBe(`${Array.from({ length: 5_000 }, (_, at) => at + 1).join('\n')}\n`)
  })

  test('is not run as a user who is not there', async () => {
    const remote = await lab.transport.open({ name: foo, user: 'nobody-of-this-name' }, { signal: never })
    const trouble = await troubleOf(remote.exec(['touch', 'ran'], { signal: never }))
    expect(trouble).toMatchObject({ code: 'auth', message: expect.stringContaining('no user') })
    await expect(stat(path.join(lab.instance(foo).folder, 'ran'))).rejects.toThrow()
  })

  test('is taken for what it is when the answer to its sending is lost, and not sent again', async () => {
    const from = lab.ssm.commands.length
    lab.aws.next('ssm SendCommand', 'do it, then hang up')
    expect((await lab.run('echo once')).stdout).toBe('once\n')
    expect(lab.ssm.commands.length - from).toBe(1)
  })

  test('that may have been sent or not is unknown', async () => {
    const from = lab.ssm.commands.length
    lab.aws.next('ssm SendCommand', 'hang up')
    expect((await troubleOf(lab.run('echo lost'))).code).toBe('unknown')
    expect(lab.ssm.commands.length).toBe(from)
  })

  test('that AWS is asked for too often is sent again, more slowly, and up to a limit', async () => {
    lab.aws.next('ssm SendCommand', 'throttle', 'throttle')
    expect((await lab.run('echo again')).stdout).toBe('again\n')
    const from = calls()
    const clock = { now: () => Date.now(), sleep: () => new Promise<void>(resolve => setImmediate(resolve)) }
    const remote = await lab.open(foo, lab.another({ clock }))
    lab.aws.next('ssm SendCommand', ...Array.from({ length: 8 }, () => 'throttle' as const))
    expect((await troubleOf(remote.exec('echo again', { signal: never }))).code).toBe('busy')
    expect(since(from).filter(call => call === 'SendCommand')).toHaveLength(8)
  })

  test('that is not seen yet is looked for until it is', async () => {
    lab.ssm.hide(3)
    expect((await lab.run('echo seen')).stdout).toBe('seen\n')
  })

  test.each([
    ['Undeliverable', 'Undeliverable', 'unreachable'],
    ['TimedOut', 'DeliveryTimedOut', 'unreachable'],
    ['TimedOut', 'Delivery Timed Out', 'unreachable'],
    ['TimedOut', 'ExecutionTimedOut', 'timeout'],
    ['Cancelled', 'Cancelled', 'cancelled'],
    ['Failed', 'AccessDenied', 'auth'],
    ['Failed', 'Failed', 'exception'],
  ])('that ends as %s (%s) fails with %s', async (status, details, code) => {
    // Run Command writes the status of what it could not deliver as Failed at times.
    lab.ssm.endNext(status === 'Undeliverable' ? 'Failed' : status, details)
    expect((await troubleOf(lab.run('true'))).code).toBe(code)
  })

  test.each([
    ['AccessDeniedException', 'auth'],
    ['ExpiredTokenException', 'auth'],
    ['InvalidInstanceId', 'unreachable'],
    ['UnsupportedPlatformType', 'refused'],
    ['InvalidOutputFolder', 'refused'],
  ])('that AWS refuses by %s fails with %s, and is not sent', async (name, code) => {
    lab.aws.next('ssm SendCommand', new WireError(name, 'no', 400))
    const trouble = await troubleOf(lab.run('true'))
    expect(trouble).toMatchObject({ code, detail: { aws: name } })
  })

  test('of which AWS does not tell any more may have run or not', async () => {
    lab.aws.next('ssm GetCommandInvocation', new WireError('AccessDeniedException', 'no', 400))
    expect(await troubleOf(lab.run('true'))).toMatchObject({
      code: 'unknown',
      detail: { commandId: lab.ssm.commands.at(-1)!.id },
    })
  })

  test('is waited for through troubles of AWS', async () => {
    lab.aws.next('ssm GetCommandInvocation', 500, 'hang up', 'throttle', 500)
    expect((await lab.run('echo through')).stdout).toBe('through\n')
  })

  test('that does not begin in time is cancelled, and never begins', async () => {
    lab.instance(bar).deaf = true
    const remote = await lab.open(bar)
    const trouble = await troubleOf(remote.exec(['touch', 'ran'], { signal: never, timeout: 200 }))
    expect(trouble).toMatchObject({ code: 'timeout', detail: { remote: 'ended' } })
    expect(lab.ssm.commands.at(-1)).toMatchObject({ instanceId: bar, status: 'Cancelled' })
    delete lab.instance(bar).deaf
  })

  test('is ended when the transport is closed', async () => {
    const transport = lab.another()
    const work = troubleOf((await lab.open(foo, transport)).exec('sleep 1000', { signal: never }))
    while (lab.ssm.commands.at(-1)?.status !== 'InProgress')
      await new Promise(resolve => setTimeout(resolve, 5))
    await transport.close()
    expect((await work).code).toBe('cancelled')
    expect(lab.ssm.commands.at(-1)?.status).toBe('Cancelled')
  })
})

describe('without a bucket', () => {
  const bare = () => lab.another({ output: undefined })

  test('a command that says little is as with one', async () => {
    const remote = await lab.open(foo, bare())
    expect(await remote.exec('cat; exit 3', { signal: never, stdin: 'in\n' })).toEqual({
      stdout: 'in\n',
      stderr: '',
      exit: 3,
    })
  })

  test('output that Run Command cuts is a failure that says what is missing, and never half of it', async () => {
    const remote = await lab.open(foo, bare())
    for (const command of ['seq 9000', 'seq 9000 >&2']) {
      const trouble = await troubleOf(remote.exec(command, { signal: never }))
      expect(trouble).toMatchObject({ code: 'exception', message: expect.stringContaining('aws.ssm.bucket') })
    }
  })

  test('small files go there and back, and larger ones are refused before anything is sent', async () => {
    const remote = await lab.open(foo, bare())
    const here = path.join(lab.folder, 'small')
    const { writeFile, readFile } = await import('node:fs/promises')
    await writeFile(here, Buffer.from([0, 255, 10, 13]))
    await remote.upload(here, 'small', { signal: never, mode: 0o600 })
    await remote.download('small', `${here}.back`, { signal: never })
    expect([...(await readFile(`${here}.back`))]).toEqual([0, 255, 10, 13])
    await writeFile(here, Buffer.alloc(100_000))
    const from = lab.ssm.commands.length
    expect(await troubleOf(remote.upload(here, 'large', { signal: never }))).toMatchObject({
      code: 'refused',
    })
    expect(lab.ssm.commands.length).toBe(from)
    await remote.exec('head -c 100000 /dev/zero >large', { signal: never })
    const trouble = await troubleOf(remote.download('large', `${here}.large`, { signal: never }))
    expect(trouble).toMatchObject({ code: 'refused', message: expect.stringContaining('aws.ssm.bucket') })
  })
})

describe('with a bucket', () => {
  test('that the instance may not write to, cut output is a failure that says so', async () => {
    lab.instance(foo).uploads = false
    expect((await lab.run('echo little')).stdout).toBe('little\n')
    expect(await troubleOf(lab.run('seq 9000'))).toMatchObject({
      code: 'exception',
      message: expect.stringContaining("the instance's role"),
    })
    delete lab.instance(foo).uploads
  })

  test('and no folder here, the whole stays there and is named', async () => {
    const remote = await lab.open(foo, lab.another({ spoolFolder: undefined, inlineLimit: 1_024 }))
    const { stdout, kept } = await remote.exec('seq 20000', { signal: never })
    expect([stdout.length, stdout.endsWith('19999\n20000\n')]).toEqual([1_024, true])
    const [, key = ''] = /^s3:\/\/outputs\/(.*)$/.exec(kept?.stdout?.ref ?? '') ?? []
    expect(lab.s3.buckets.get('outputs')!.get(key)!.bytes.length).toBe(kept?.stdout?.bytes)
  })

  test('what is lent to a host is taken back, also when its command fails', async () => {
    const stdin = 'x'.repeat(50_000)
    expect((await lab.run('wc -c; exit 1', { stdin })).stdout.trim()).toBe('50000')
    expect([...lab.s3.buckets.get('outputs')!.keys()].filter(key => key.includes('/lent/'))).toEqual([])
  })

  test('input that the host can not fetch keeps its command from running', async () => {
    lab.aws.next('s3 GET', new WireError('AccessDenied', 'no', 403), new WireError('AccessDenied', 'no', 403))
    const trouble = await troubleOf(lab.run('touch ran', { stdin: 'x'.repeat(50_000) }))
    expect(trouble).toMatchObject({ code: 'exception', message: expect.stringContaining('curl or wget') })
    await expect(stat(path.join(lab.instance(foo).folder, 'ran'))).rejects.toThrow()
  })
})
