import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HostTrouble } from '../../../src/core/ports.ts'
import { type CallOptions, call, makeProject, project, start } from '../harness.ts'
import { scripted, untilCancelled } from '../scripted-transport.ts'
import { flowsSource } from './flows-fixture.ts'

let folder: string
beforeAll(async () => {
  folder = await makeProject({ 'flows/index.ts': flowsSource, 'reops.config.ts': 'export default {}' })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const ssh = scripted((host, command, options) => {
  if (host.name === 'dusty') throw new HostTrouble('unreachable', 'dusty: nothing listens there')
  if (Array.isArray(command)) return `${command.slice(1).join(' ')}\n`
  if (command === 'large') return 'x'.repeat(300_000)
  if (command === 'slow' && host.name === 'bar') return untilCancelled(options)
  return 'up\n'
})
const run = (flow: string, words: readonly string[] = [], options: CallOptions = {}) =>
  call(folder, ['run', flow, ...words], { transports: { ssh }, ...options })

const json = async (flow: string, words: readonly string[] = []) => {
  const done = await run(flow, ['--json', ...words])
  return { ...done, document: JSON.parse(done.stdout) as Record<string, any> }
}

/** The summary without its time. */
const untimed = (text: string) => text.replaceAll(/ \([\d.]+ m?s\)/g, '')

describe('run', () => {
  test('prints what hosts answered once, failures last, and the summary', async () => {
    const { status, stdout, stderr } = await run('greet', ['--input', 'word=hi'])
    expect(untimed(stdout)).toBe(
      'foo,bar  hi\nunreachable (1)\n  dusty  exec: nothing listens there\n3 hosts: 2 ok, 1 unreachable\n',
    )
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
  })

  test('prints the answer of a flow that publishes nothing', async () => {
    expect(untimed((await run('bare')).stdout)).toContain('foo,bar  up\n')
  })

  test('prints an answer that differs from what was published, and counts the hosts all the same', async () => {
    const { status, stdout } = await run('counted')
    expect(untimed(stdout)).toMatch(/foo,bar {2}up\n[\s\S]*\n2\n3 hosts: 2 ok, 1 unreachable\n$/)
    expect(status).toBe(1)
  })

  test('runs a name and input once, and answers it again', async () => {
    const first = await json('bare', ['--name', 'nightly-1'])
    const again = await json('bare', ['--name', 'nightly-1'])
    expect(first.document.execution).toBe('nightly-1')
    expect(again.document.outcome).toEqual(first.document.outcome)
  })

  test('refuses another input under a name, and a name that AWS would not take', async () => {
    await run('greet', ['--name', 'greeting', '--input', 'word=hi'])
    const other = await run('greet', ['--name', 'greeting', '--input', 'word=bye'])
    expect(other.status).toBe(2)
    expect(other.stderr).toContain('greeting')
    expect((await run('bare', ['--name', 'a b'])).status).toBe(2)
  })

  test('counts a gate that says no as a success, and says why', async () => {
    const { status, stdout } = await run('gated')
    expect(stdout).toContain('skipped at when hot: when hot said no\n')
    expect(status).toBe(0)
  })

  test('does not let a gate hide a host that failed', async () => {
    const { status, document } = await json('gatedDusty')
    expect({ status, said: document.status, failed: document.summary.failed }).toEqual({
      status: 1,
      said: 'skipped',
      failed: { unreachable: 1 },
    })
  })

  test('runs a flow without hosts', async () => {
    const { status, stdout } = await run('hostless')
    expect(untimed(stdout)).toBe('21\nsucceeded\n')
    expect(status).toBe(0)
  })

  test('counts the hosts of all branches', async () => {
    const { status, stdout } = await run('branches')
    expect(untimed(stdout)).toContain('2 hosts: 1 ok, 1 unreachable\n')
    expect(status).toBe(1)
  })

  test('says only what failed with --quiet', async () => {
    expect(untimed((await run('bare', ['--quiet'])).stdout)).toBe(
      'unreachable (1)\n  dusty  exec uptime: nothing listens there\n3 hosts: 2 ok, 1 unreachable\n',
    )
    expect(await run('gated', ['-q'])).toEqual({ status: 0, stdout: '', stderr: '' })
  })
})

describe('run --json', () => {
  test('prints one document on stdout and everything else on stderr', async () => {
    const { document, stderr } = await json('greet')
    expect(document).toEqual({
      flow: 'greet',
      execution: expect.stringMatching(/^greet-/),
      status: 'failed',
      outcome: expect.objectContaining({
        successful: [expect.objectContaining({ host: 'foo' }), expect.objectContaining({ host: 'bar' })],
        failure: [expect.objectContaining({ host: 'dusty', code: 'unreachable' })],
        left: [],
      }),
      summary: { total: 3, ok: 2, left: 0, failed: { unreachable: 1 } },
    })
    expect(stderr).toContain('foo,bar  hello')
  })

  test('has the result of what is no outcome', async () => {
    expect((await json('hostless')).document).toMatchObject({ status: 'succeeded', result: 21 })
  })

  test.each([
    ['nobody', [], 'UnknownFlow'],
    ['greet', ['--input', 'times=many'], 'InvalidInput'],
    ['dated', [], 'NotJsonValue'],
  ])('has the error of %s %j by name', async (flow, words, name) => {
    const { document, status } = await json(flow, words)
    expect(document).toMatchObject({ flow, status: 'failed', error: { name, message: expect.any(String) } })
    expect(status).toBe(name === 'NotJsonValue' ? 1 : 2)
  })

  test('has no colours, also where they are forced', async () => {
    const { stdout, stderr } = await run('greet', ['--json'], { env: { FORCE_COLOR: '1' }, columns: 80 })
    expect(stdout + stderr).not.toContain('\u001b')
  })
})

describe('bad input', () => {
  test.each([
    ['an unknown flow', 'grete', [], 'there is no flow "grete"; did you mean greet?'],
    ['an unknown flow without a near one', 'zzz', [], 'there is no flow "zzz"; there are greet, bare'],
    [
      'an input of the wrong kind',
      'greet',
      ['-i', 'times=many'],
      'greet: times: Invalid input: expected number',
    ],
    ['an input that nobody asked for', 'greet', ['-i', 'wrod=hi'], 'greet: Unrecognized key: "wrod"'],
    [
      'a configuration that is not there',
      'greet',
      ['--config', 'other.ts'],
      'other.ts: no such configuration file',
    ],
  ])('%s is refused with status 2', async (_what, flow, words, said) => {
    const { status, stdout, stderr } = await run(flow, words)
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('    at ')
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test.each([
    ['throws', "throw new Error('no such rack')", 'reops.config.ts threw while it was loaded: no such rack'],
    ['has a misspelt setting', 'export default { hostz: {} }', 'reops.config.ts: Unrecognized key: "hostz"'],
    ['exports nothing', 'export const a = 1', 'reops.config.ts has no default export'],
    [
      'names a host with a shell metacharacter',
      "export default { groups: { a: ['foo;reboot'] } }",
      'foo;reboot',
    ],
  ])('a configuration that %s is refused with status 2', async (_what, config, said) => {
    const other = await project({ 'reops.config.ts': config, 'flows/index.ts': 'export {}' })
    const { status, stderr } = await call(other, ['hosts'])
    expect(stderr).toContain(said)
    expect(status).toBe(2)
  })

  test.each([
    ['greet', ['-i', 'times=many'], 'docs/errors/invalid-input.md'],
    ['dated', [], 'docs/errors/not-json.md'],
  ])('the error of %s %j names the page that explains it', async (flow, words, page) => {
    const { stderr } = await run(flow, words)
    const [, file = ''] = /^ {2}see (.+)$/m.exec(stderr) ?? []
    expect(file.endsWith(page)).toBe(true)
    expect(existsSync(file)).toBe(true)
  })

  test('flows that throw are refused with status 2 and the file', async () => {
    const other = await project({ 'flows/index.ts': "throw new Error('half written')" })
    const { status, stderr } = await call(other, ['run', 'x'])
    expect(stderr).toContain('flows/index.ts threw while it was loaded: half written')
    expect(status).toBe(2)
  })

  test('a step that answers a Date fails by name, and the results of the hosts are not lost', async () => {
    const { status, stdout, stderr } = await run('dated')
    expect(stderr).toContain('NotJsonValue: transform today answered a Date at $.at')
    expect(untimed(stdout)).toContain('foo,bar  up\n')
    expect(untimed(stdout)).toContain('3 hosts: 2 ok, 1 unreachable\n')
    expect(status).toBe(1)
  })

  test('a function in the answer of a host is the failure of that host, by name', async () => {
    const { status, stdout } = await run('called')
    expect(stdout).toContain('map later answered')
    expect(untimed(stdout)).toContain('3 hosts: 1 unreachable, 2 exception\n')
    expect(status).toBe(1)
  })

  test('a function that throws ends the flow by name, and the results of the hosts are not lost', async () => {
    const { status, stdout, stderr } = await run('threw')
    expect(stderr).toMatch(/RangeError: no such disk/)
    expect(untimed(stdout)).toContain('foo,bar  up\n')
    expect(status).toBe(1)
  })

  test('300 KB between two steps are right again at the next one', async () => {
    const { document, status } = await json('large')
    expect(document.outcome.successful[0].value).toEqual({ length: 300_000, end: 'xxx' })
    expect(status).toBe(0)
  })
})

describe('Ctrl-C', () => {
  const begun = async (flow: string, words: readonly string[] = []) => {
    const calling = start(folder, ['run', flow, ...words], { transports: { ssh } })
    await sleep(300)
    return calling
  }

  test('cancels, prints what finished, and ends with 130', async () => {
    const calling = await begun('slow')
    calling.interrupt('SIGINT')
    const { status, stdout, stderr } = await calling.done
    expect(stderr).toContain('stopping; again ends at once')
    expect(untimed(stdout)).toContain('foo  up\n')
    expect(untimed(stdout)).toContain('3 hosts: 1 ok, 1 unreachable, 1 cancelled\n')
    expect({ status, exits: calling.exits }).toEqual({ status: 130, exits: [] })
  })

  test('is what a supervisor does with SIGTERM, except for the status', async () => {
    const calling = await begun('slow', ['--json'])
    calling.interrupt('SIGTERM')
    const { status, stdout } = await calling.done
    expect(JSON.parse(stdout)).toMatchObject({
      status: 'cancelled',
      summary: { total: 3, failed: { cancelled: 1 } },
    })
    expect(status).toBe(143)
  })

  test('ends at once when it comes again', async () => {
    const calling = await begun('slow')
    calling.interrupt('SIGINT')
    calling.interrupt('SIGINT')
    expect(calling.exits).toEqual([130])
    await calling.done
  })

  test('in a wait keeps what the steps before it had answered', async () => {
    const calling = await begun('waiting')
    calling.interrupt('SIGINT')
    const { status, stdout } = await calling.done
    expect(untimed(stdout)).toBe('foo  up\n1 host: 1 ok\n')
    expect(status).toBe(130)
  })
})

describe('on a terminal', () => {
  test('there are colours, unless somebody does not want them', async () => {
    const colored = async (words: string[], env: Record<string, string>, columns?: number) =>
      (await run('bare', words, { env, ...(columns === undefined ? {} : { columns }) })).stdout.includes(
        '\u001b[',
      )
    expect(await colored([], {}, 80)).toBe(true)
    expect(await colored([], {})).toBe(false)
    expect(await colored(['--no-color'], {}, 80)).toBe(false)
    expect(await colored([], { NO_COLOR: '1' }, 80)).toBe(false)
    expect(await colored([], { TERM: 'dumb' }, 80)).toBe(false)
    expect(await colored([], { FORCE_COLOR: '1' })).toBe(true)
  })

  test('a live line says who is waited for, and is gone before anything else is printed', async () => {
    const calling = start(folder, ['run', 'slow'], { transports: { ssh }, columns: 80 })
    await sleep(500)
    calling.interrupt('SIGINT')
    const { stderr } = await calling.done
    expect(stderr).toContain('waiting for bar')
    expect(stderr.slice(stderr.lastIndexOf('waiting for bar'))).toContain('\r\u001b[J')
  })

  test('a live line is not for --json, --quiet or a dumb terminal', async () => {
    for (const [words, env] of [
      [['--json'], {}],
      [['-q'], {}],
      [[], { TERM: 'dumb' }],
    ] as const) {
      const calling = start(folder, ['run', 'slow', ...words], { transports: { ssh }, columns: 80, env })
      await sleep(300)
      calling.interrupt('SIGINT')
      expect((await calling.done).stderr).not.toContain('waiting for')
    }
  })
})
