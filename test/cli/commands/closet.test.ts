import { execFile } from 'node:child_process'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Closet, openCloset } from '../../../src/transports/ssh/closet/closet.ts'
import { needs } from '../../support/needs.ts'
import { makeProject, root } from '../harness.ts'
import { environment, type RealOptions, reops, startReops } from '../real.ts'

let folder: string
let closet: Closet
beforeAll(async () => {
  folder = await makeProject({})
  await cp(path.join(root, 'flows'), path.join(folder, 'flows'), { recursive: true })
  closet = await openCloset({ folder: path.join(folder, 'closet') })
  const hosts = Object.fromEntries(
    closet.hosts.map(({ name, address, port, user }) => [name, { address, port, user, key: closet.key }]),
  )
  const config = {
    hosts,
    groups: { closet: Object.keys(hosts), working: ['foo', 'bar', 'cellar'] },
    ssh: { config: false, knownHosts: [], agent: false },
  }
  await makeConfig(folder, config)
})
afterAll(async () => {
  await closet.close()
  await rm(folder, { recursive: true, force: true })
})

async function makeConfig(where: string, config: object): Promise<void> {
  await writeFile(path.join(where, 'reops.config.ts'), `export default ${JSON.stringify(config)}\n`)
}

const real = (words: readonly string[], more: Partial<RealOptions> = {}) =>
  reops(words, { cwd: folder, ...more })
const untimed = (text: string) => text.replaceAll(/ \([\d.]+ m?s\)/g, '')

describe('the real command over real SSH', () => {
  test('runs the listing flow on seven hosts, one of them down, one refusing the key', async () => {
    const { status, stdout } = await real(['run', 'listing', '--input', 'path=etc'])
    expect(stdout).toMatch(/^foo/)
    expect(stdout).toMatch(/unreachable \(1\)\n {2}dusty {2}.*refuses connections/)
    expect(stdout).toMatch(/auth \(1\)\n {2}vault {2}.*refused the key/)
    expect(untimed(stdout)).toMatch(/\n7 hosts: 5 ok, 1 unreachable, 1 auth\n$/)
    expect(status).toBe(1)
  })

  test('runs a command on a group and groups what is the same', async () => {
    const { status, stdout, stderr } = await real(['exec', 'working', '--', 'echo', 'same'])
    expect(untimed(stdout)).toBe('foo,bar,cellar  same\n3 hosts: 3 ok\n')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })

  test('joins the words behind -- for the shell of the host, as ssh does', async () => {
    const { stdout } = await real(['exec', 'foo', '--', 'echo', '$(hostname)', '&&', 'echo', "'a  b'"])
    expect(stdout).toContain('foo\n  foo\n  a  b\n')
  })

  test('reaches a host that no configuration knows, as the flags say', async () => {
    const { name, port } = closet.hosts[0]!
    const words = ['exec', `127.0.0.1:${port}`, '--user', 'ops', '--key', closet.key, '--', 'hostname']
    expect((await real(words)).stdout).toContain(`127.0.0.1  ${name}\n`)
  })

  test('gives stdin to the hosts only when it is asked to', async () => {
    expect(
      (await real(['exec', 'working', '--stdin', '--', 'cat'], { stdin: 'from here\n' })).stdout,
    ).toContain('foo,bar,cellar  from here\n')
    expect((await real(['exec', 'foo', '--', 'cat'], { stdin: 'from here\n' })).stdout).toContain(
      'foo  (nothing)\n',
    )
  })

  test('shows an exit status with the end of stderr, and the others all the same', async () => {
    const script = 'test "$(hostname)" = foo || { echo one >&2; echo two >&2; exit 3; }; echo fine'
    const { status, stdout } = await real(['exec', 'working', '--', script])
    expect(stdout).toContain('foo  fine\n')
    expect(stdout).toMatch(/exit \(2\)\n {2}bar,cellar {2}exec .*: exit status 3\n {4}one\n {4}two\n/)
    expect(status).toBe(1)
  })

  test('lets no host drive the terminal', async () => {
    const { stdout } = await real(['exec', 'foo', '--', String.raw`printf '\033]0;owned\007\033[2J\n'`])
    expect(stdout).toContain('foo  ␛]0;owned␇␛[2J\n')
  })

  test('ends a command that takes too long, in its time', async () => {
    const { status, stdout } = await real(['exec', 'foo', '--timeout', '1s', '--', 'sleep 600'])
    expect(untimed(stdout)).toMatch(/timeout \(1\)\n.*longer than \d+ ms.*\n1 host: 1 timeout\n/s)
    expect(status).toBe(1)
  })

  test('keeps the whole of a large output and says where', async () => {
    const { stdout } = await real(['exec', 'foo', '--json', '--', 'seq 1 30000'])
    const [{ value }] = JSON.parse(stdout).outcome.successful
    expect(value.kept.stdout.bytes).toBe((await readFile(value.kept.stdout.ref)).length)
    const text = (await real(['exec', 'foo', '--', 'seq 1 30000'])).stdout
    expect(text).toMatch(/… the end of 168\.9 kB, kept in \S+output\S+\n/)
    expect(text).toContain('\n  30000\n')
  })

  test('ends quietly when its reader has gone', async () => {
    const script = `"${process.execPath}" "${path.join(root, 'bin/reops.js')}" exec foo -- 'seq 1 3000' | head -n 1`
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script], {
      cwd: folder,
      env: environment(),
    })
    expect({ stdout, stderr }).toEqual({ stdout: 'foo\n', stderr: '' })
  })
})

describe('a signal', () => {
  const marked = (mark: string) => `sleep 600.${mark}; echo done`
  const running = async (mark: string) =>
    promisify(execFile)('pgrep', ['-f', `^sleep 600[.]${mark}$`]).then(
      () => true,
      () => false,
    )
  const begin = async (mark: string, words: readonly string[]) => {
    const started = startReops(words, folder)
    while (!(await running(mark))) await sleep(50)
    return started
  }

  test.each([
    ['SIGINT', 130, '41'],
    ['SIGTERM', 143, '42'],
  ] as const)(
    '%s ends the remote commands, prints what finished, and exits with %i',
    async (signal, status, mark) => {
      const script = `test "$(hostname)" = foo && { echo first; exit; }; ${marked(mark)}`
      const { child, ended } = await begin(mark, ['exec', 'foo,bar', '--', script])
      child.kill(signal)
      const done = await ended
      expect(untimed(done.stdout)).toMatch(
        /^foo {2}first\ncancelled \(1\)\n {2}bar .*\n2 hosts: 1 ok, 1 cancelled\n$/,
      )
      expect(done.status).toBe(status)
      expect(await running(mark)).toBe(false)
    },
  )

  test('that comes twice ends the command at once', async () => {
    const { child, ended } = await begin('43', ['exec', 'foo', '--', `trap '' TERM; ${marked('43')}`])
    child.kill('SIGINT')
    await sleep(200)
    child.kill('SIGINT')
    expect((await ended).status).toBe(130)
  })
})

describe('what connects to nothing', () => {
  test('plan says what would be done, and makes no state', async () => {
    const { status, stdout, stderr } = await real(['plan', 'listing', '--input', 'path=/etc'], {
      env: { REOPS_STATE: path.join(folder, 'untouched') },
    })
    expect(stdout).toContain('ls -la /etc')
    expect(stdout).toContain('on 7 hosts: foo,bar,big-iron,attic,cellar,dusty,vault')
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    await expect(readFile(path.join(folder, 'untouched'))).rejects.toThrow('ENOENT')
  })

  test('compile prints the state machine and nothing else, or writes it', async () => {
    const { status, stdout, stderr } = await real(['compile', 'listing'])
    expect(JSON.parse(stdout)).toMatchObject({ QueryLanguage: 'JSONata', States: {} })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const file = path.join(folder, 'out.json')
    expect(await real(['compile', 'listing', '--out', file])).toEqual({ status: 0, stdout: '', stderr: '' })
    expect(await readFile(file, 'utf8')).toBe(stdout)
    expect((await real(['compile', 'listing', '--out', folder])).stderr).toContain(
      `--out ${folder} can't be written`,
    )
  })

  test('hosts says how each is reached and who says so', async () => {
    const { stdout } = await real(['hosts', 'foo', '--user', 'root', '--json'])
    const { port } = closet.hosts.find(host => host.name === 'foo')!
    expect(JSON.parse(stdout).hosts).toEqual([
      {
        host: 'foo',
        via: 'ssh',
        address: '127.0.0.1',
        user: 'root',
        port,
        keys: [closet.key],
        jump: [],
        from: {
          address: 'reops.config.ts',
          user: 'command line or group',
          port: 'reops.config.ts',
          key: 'reops.config.ts',
          jump: 'default',
        },
      },
    ])
    expect((await real(['hosts'])).stdout).toContain('group working (3): foo,bar,cellar\n')
  })
})

describe('on a terminal', needs('script'), () => {
  const onTerminal = async (command: string, columns = 60) => {
    const line = `stty cols ${columns}; exec "${process.execPath}" "${path.join(root, 'bin/reops.js')}" ${command}`
    const { stdout } = await promisify(execFile)('script', ['-qec', line, '/dev/null'], {
      cwd: folder,
      env: environment({ TERM: 'xterm' }),
    }).catch((error: { stdout: string }) => error)
    return stdout
  }

  test('a live line fits the terminal and is cleared before the answers', async () => {
    const seen = await onTerminal(
      `exec foo,bar -- 'test $(hostname) = foo || sleep 1; echo a long enough command for a line'`,
      50,
    )
    const drawn = seen.split('\r\u001b[J').slice(0, -1)
    expect(drawn.length).toBeGreaterThan(3)
    for (const line of drawn) expect(line.length).toBeLessThan(50)
    expect(drawn.at(-1)).toContain('waiting for bar')
    expect(seen.split('\r\u001b[J').at(-1)).toContain('foo,bar')
  })

  test('the end of a long output is shown, with how much is above it', async () => {
    const seen = await onTerminal('exec foo --no-color -- seq 1 80')
    expect(seen).toContain('… 30 earlier lines; --json has them')
    expect(seen).toContain('\r\n  80\r\n')
    expect(seen).not.toContain('\r\n  30\r\n')
  })
})
