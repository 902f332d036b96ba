import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { connect as dial } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openCloset } from '../../../../src/transports/ssh/closet/closet.ts'
import { closetOf, connect, execute, homeOf, open, runs, scratch, sftpOf, until } from './lab.ts'

describe('an open closet', () => {
  test('has five hosts that work, one that is down and one that refuses', async () => {
    const closet = await closetOf()
    expect(closet.hosts.map(({ name, address, user }) => `${user}@${name} ${address}`)).toEqual(
      ['foo', 'bar', 'big-iron', 'attic', 'cellar', 'dusty', 'vault'].map(name => `ops@${name} 127.0.0.1`),
    )
    expect(new Set(closet.hosts.map(host => host.port)).size).toBe(7)
  })

  test('has a new key each time, for its owner alone, and a host key for every host that is up', async () => {
    const [one, two] = [await closetOf(), await closetOf()]
    expect((await stat(one.key)).mode & 0o777).toBe(0o600)
    expect((await stat(one.folder)).mode & 0o777).toBe(0o700)
    expect(await readFile(one.key, 'utf8')).not.toBe(await readFile(two.key, 'utf8'))
    const lines = (await readFile(one.knownHosts, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(6)
    expect(new Set(lines.map(line => line.split(' ')[2])).size).toBe(6)
  })

  test('has something to look at in every home, of another size on each host', async () => {
    const closet = await closetOf()
    const sizes = await Promise.all(
      ['foo', 'bar', 'big-iron'].map(
        async name => (await stat(join(homeOf(closet, name), 'backup/photos.tar'))).size,
      ),
    )
    expect(new Set(sizes).size).toBe(3)
    expect(await readdir(homeOf(closet, 'foo'))).toEqual(['backup', 'bin', 'etc', 'log', 'notes.txt'])
  })
})

test.each([
  ['a name that is no label', [{ name: '../up' }]],
  ['two hosts of one name', [{ name: 'foo' }, { name: 'foo' }]],
  ['no host at all', []],
  ['an option that it does not know', [{ name: 'foo', colour: 'red' } as never]],
])('a closet is not opened for %s', async (_what, hosts) => {
  const folder = await scratch()
  await expect(openCloset({ folder, hosts })).rejects.toMatchObject({
    name: 'ClosetError',
    message: expect.stringContaining('options are wrong'),
  })
  expect(await readdir(folder)).toEqual([])
})

describe('closing', () => {
  test('leaves no process, also none that left its group, no socket and no folder', async () => {
    const folder = await scratch()
    const closet = await openCloset({ folder: join(folder, 'a/b'), hosts: [{ name: 'foo' }] })
    const client = await connect(closet, 'foo')
    await open(client, `trap '' TERM HUP; echo $$ >pid; while :; do sleep 1; done`)
    await execute(client, 'setsid sh -c "echo \\$\\$ >daemon; exec sleep 60" >/dev/null 2>&1 </dev/null &')
    const sftp = await sftpOf(client)
    await new Promise(resolve => sftp.open('notes.txt', 'r', resolve))
    const pids = await Promise.all(['pid', 'daemon'].map(name => numberIn(join(homeOf(closet, 'foo'), name))))
    expect(pids.map(runs)).toEqual([true, true])
    await Promise.all([closet.close(), closet.close()])
    expect(pids.map(runs)).toEqual([false, false])
    expect(await readdir(folder)).toEqual([])
    await expect(once(dial(closet.hosts[0]!.port, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED')
  })

  test('does not wait for somebody who connected and says nothing', async () => {
    const closet = await openCloset({ folder: await scratch(), hosts: [{ name: 'foo' }] })
    const idle = dial(closet.hosts[0]!.port, '127.0.0.1').resume()
    await once(idle, 'connect')
    await Promise.all([once(idle, 'close'), closet.close()])
  })

  test('keeps what was in the folder before, and what is in it since', async () => {
    const folder = await scratch()
    await mkdir(join(folder, 'mine'))
    const closet = await openCloset({ folder: join(folder, 'mine'), hosts: [{ name: 'foo' }] })
    await writeFile(join(folder, 'mine/since'), '')
    await closet.close()
    expect(await readdir(join(folder, 'mine'))).toEqual(['since'])
  })

  test('removes what a command made hard to remove', async () => {
    const folder = await scratch()
    const closet = await openCloset({ folder, hosts: [{ name: 'foo' }] })
    await execute(await connect(closet, 'foo'), 'mkdir -p a/b && touch a/b/c && chmod 0 a/b a')
    await closet.close()
    expect(await readdir(folder)).toEqual([])
  })
})

describe('a client that vanishes', () => {
  test('takes its commands with it and nobody else’s', async () => {
    const closet = await closetOf({ name: 'foo' })
    const staying = await connect(closet, 'foo')
    const leaving = await connect(closet, 'foo')
    for (const [client, name] of [
      [staying, 'stays'],
      [leaving, 'leaves'],
    ] as const) {
      const channel = await open(client, `trap '' TERM HUP; echo $$ >${name}; while :; do sleep 1; done`)
      channel.on('error', () => {})
    }
    const [stays, leaves] = await Promise.all(
      ['stays', 'leaves'].map(name => numberIn(join(homeOf(closet, 'foo'), name))),
    )
    ;(leaving as any)._sock.resetAndDestroy()
    await until(() => !runs(leaves!))
    expect(runs(stays!)).toBe(true)
    expect(await execute(staying, 'echo on')).toMatchObject({ stdout: 'on\n' })
  })

  test('in the middle of output, of input or of an upload leaves nothing running', async () => {
    const closet = await closetOf({ name: 'foo' })
    const pid = join(homeOf(closet, 'foo'), 'pid')
    for (const command of ['exec cat /dev/zero', 'exec sleep 60', 'head -c 9 >/dev/null; exec sleep 60']) {
      const client = await connect(closet, 'foo')
      const channel = await open(client, `echo $$ >pid.new; mv pid.new pid; ${command}`)
      channel.on('error', () => {})
      channel.write('x'.repeat(3_000_000))
      const sftp = await sftpOf(client)
      sftp.on('error', () => {})
      sftp
        .createWriteStream('up')
        .on('error', () => {})
        .write('x'.repeat(1_000_000))
      const leader = await numberIn(pid)
      ;(client as any)._sock.destroy()
      await until(() => !runs(leader))
      await execute(await connect(closet, 'foo'), 'rm pid')
    }
  })
})

test('a process that ends without closing its closet takes the commands and the folder with it', async () => {
  const folder = await scratch()
  const module = fileURLToPath(new URL('../../../../src/transports/ssh/closet/closet.ts', import.meta.url))
  const script = `
    const { openCloset } = await import(${JSON.stringify(module)})
    const closet = await openCloset({ folder: ${JSON.stringify(folder)}, hosts: [{ name: 'foo' }] })
    console.log(JSON.stringify(closet))
    process.stdin.once('data', () => process.exit(5))`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const closet = JSON.parse(String((await once(child.stdout, 'data'))[0]))
  const client = await connect(closet, 'foo')
  await open(client, 'echo $$ >pid; exec sleep 60')
  const pid = await numberIn(join(homeOf(closet, 'foo'), 'pid'))
  child.stdin.write('\n')
  expect(await once(child, 'exit')).toEqual([5, null])
  await until(() => !runs(pid))
  expect(await readdir(folder)).toEqual([])
})

const run = promisify(execFile)
const has = (command: string, ask: string) =>
  run(command, [ask]).then(
    () => true,
    () => false,
  )
const hasOpenSsh = await has('ssh', '-V')
const hasRsync = await has('rsync', '--version')

describe.runIf(hasOpenSsh)('OpenSSH’s own client', () => {
  test('checks the host strictly, logs in, runs a command, and gives its exit status', async () => {
    const closet = await closetOf({ name: 'foo' }, { name: 'vault', state: 'refusing' })
    const ssh = (name: string, ...command: string[]) =>
      run('ssh', [...options(closet, name, '-p'), ...command])
    expect(await ssh('foo', 'hostname; echo err >&2')).toMatchObject({ stdout: 'foo\n', stderr: 'err\n' })
    await expect(ssh('foo', 'exit 9')).rejects.toMatchObject({ code: 9 })
    await expect(ssh('vault', 'true')).rejects.toMatchObject({
      code: 255,
      stderr: expect.stringContaining('denied'),
    })
  })

  test('moves files both ways with sftp', async () => {
    const closet = await closetOf({ name: 'foo' })
    const folder = await scratch()
    await writeFile(join(folder, 'a file'), 'content')
    await writeFile(
      join(folder, 'batch'),
      [
        `put "${folder}/a file" "b 'file'"`,
        'ln -s "b \'file\'" link',
        `get link "${folder}/back"`,
        'mkdir d',
        'rename link d/link',
        'chmod 600 notes.txt',
        'rm "b \'file\'"',
        'ls -l',
      ].join('\n'),
    )
    const args = options(closet, 'foo', '-P')
    const { stdout } = await run('sftp', ['-b', join(folder, 'batch'), ...args])
    expect(stdout).toMatch(/^-rw------- .* notes\.txt$/m)
    expect(await readFile(join(folder, 'back'), 'utf8')).toBe('content')
    const home = homeOf(closet, 'foo')
    expect([await readdir(join(home, 'd')), (await readdir(home)).includes("b 'file'")]).toEqual([
      ['link'],
      false,
    ])
  })

  test.runIf(hasRsync)('carries rsync both ways, which speaks over a command', async () => {
    const closet = await closetOf({ name: 'foo' })
    const folder = await scratch()
    await mkdir(join(folder, 'tree/deep'), { recursive: true })
    await writeFile(join(folder, 'tree/deep/file'), 'x'.repeat(2_000_000))
    const login = options(closet, 'foo', '-p')
    const over = ['-a', '-e', `ssh ${login.slice(0, -1).join(' ')}`]
    await run('rsync', [...over, `${folder}/tree`, `${login.at(-1)}:`])
    await run('rsync', [...over, `${login.at(-1)}:tree/`, `${folder}/back`])
    expect((await stat(join(folder, 'back/deep/file'))).size).toBe(2_000_000)
  })

  function options(
    closet: { key: string; knownHosts: string; hosts: readonly any[] },
    name: string,
    port: string,
  ) {
    const host = closet.hosts.find(host => host.name === name)!
    const set = ['IdentityAgent=none', 'IdentitiesOnly=yes', 'StrictHostKeyChecking=yes', 'LogLevel=ERROR']
    return [
      ...['-F', 'none', '-i', closet.key, port, String(host.port)],
      ...[...set, `UserKnownHostsFile=${closet.knownHosts}`].flatMap(option => ['-o', option]),
      `${host.user}@${host.address}`,
    ]
  }
})

/** The number that a command has written, or is about to write, into a file. */
async function numberIn(path: string): Promise<number> {
  let text = ''
  await until(async () => {
    text = await readFile(path, 'utf8').catch(() => '')
    return text.endsWith('\n')
  })
  return Number(text)
}
