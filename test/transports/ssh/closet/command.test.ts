import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { closetOf, connect, execute, homeOf, open, runs, said, until } from './lab.ts'

describe('a command', () => {
  test('runs in the home of its host, with the name, user and environment of that host', async () => {
    const closet = await closetOf({ name: 'foo' }, { name: 'bar', user: 'eve' })
    const ask = 'hostname; pwd; echo "$HOME $USER $LOGNAME $HOSTNAME $REOPS_HOST"; ls etc; cat etc/hostname'
    for (const [name, user] of [
      ['foo', 'ops'],
      ['bar', 'eve'],
    ] as const) {
      const home = homeOf(closet, name)
      const { stdout } = await execute(await connect(closet, name), ask)
      const names = [name, home, `${home} ${user} ${user} ${name} ${name}`, 'fstab', 'hostname', 'motd', name]
      expect(stdout.trim().split('\n')).toEqual(names)
    }
  })

  test('keeps its two streams and its exit status apart', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    expect(await execute(client, 'echo out; echo err >&2; exit 7')).toMatchObject({
      stdout: 'out\n',
      stderr: 'err\n',
      code: 7,
    })
    expect(await execute(client, 'true')).toMatchObject({ stdout: '', stderr: '', code: 0 })
    expect(await execute(client, 'no-such-command-here')).toMatchObject({ code: 127 })
  })

  test('is told to have died of a signal when it has', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    expect(await execute(client, 'kill -KILL $$')).toMatchObject({ code: null, signal: 'SIGKILL' })
    // SSH has no name for this one.
    expect(await execute(client, 'kill -XCPU $$')).toMatchObject({ code: 128 + 24 })
  })

  test('gets its input and the end of it', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    expect(await execute(client, 'cat; echo done', 'a b\n')).toMatchObject({ stdout: 'a b\ndone\n', code: 0 })
    expect(await execute(client, 'wc -c', 'x'.repeat(3_000_000))).toMatchObject({ stdout: '3000000\n' })
  })

  test('need not read its input', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    expect(await execute(client, 'exec <&-; exit 5', 'x'.repeat(5_000_000))).toMatchObject({ code: 5 })
    expect(await execute(client, 'head -c 3', 'x'.repeat(5_000_000))).toMatchObject({
      stdout: 'xxx',
      code: 0,
    })
  })

  test('gets the signals that the client sends, also after the end of input, and its whole group does', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    const channel = await open(
      client,
      `trap 'echo caught; exit 9' USR1; sh -c 'echo $$; exec sleep 60' & wait`,
    )
    const all = said(channel)
    channel.end()
    const [sleeper] = await first(channel)
    // ssh2's own client sends no signal once it has ended the input; others do.
    const { _protocol: protocol } = client as any
    protocol.signal((channel as any).outgoing.id, 'USR1')
    expect(await all).toMatchObject({ stdout: `${sleeper}\ncaught\n`, code: 9 })
    await until(() => !runs(Number(sleeper)))
  })

  test('that can not be started says so', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    const said = { code: 126, stderr: expect.stringContaining('cannot start the command') }
    expect(await execute(client, 'echo a\0b')).toMatchObject(said)
    await execute(client, 'rm -rf "$HOME"')
    expect(await execute(client, 'true')).toMatchObject(said)
  })

  test('ends with everything in its group when the client closes its channel', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    const channel = await open(client, `trap '' TERM; sleep 60 & echo $$ $!; while :; do sleep 1; done`)
    const pids = (await first(channel)).map(Number)
    expect(pids.map(runs)).toEqual([true, true])
    channel.close()
    await until(() => !pids.some(runs))
  })

  test('may leave a job in the background that outlives its channel', async () => {
    const closet = await closetOf({ name: 'foo' })
    const client = await connect(closet, 'foo')
    const { stdout, code } = await execute(client, 'sleep 60 >log/sleep 2>&1 </dev/null & echo $!')
    expect(code).toBe(0)
    client.end()
    expect(runs(Number(stdout))).toBe(true)
    await closet.close()
    expect(runs(Number(stdout))).toBe(false)
  })

  test('of a slow host starts later, and not at all when its channel is closed before', async () => {
    const closet = await closetOf({ name: 'attic', latencyMs: 150 })
    const client = await connect(closet, 'attic')
    const given = await open(client, 'echo started >given-up')
    given.close()
    const killed = await open(client, 'echo started >given-up')
    const all = said(killed)
    killed.signal('TERM')
    expect(await all).toMatchObject({ signal: 'SIGTERM' })
    expect(await execute(client, 'sleep 0.2; ls given-up')).toMatchObject({ stdout: '', code: 2 })
  })

  test('sees the language that the client sets and no other variable of it', async () => {
    const client = await connect(await closetOf({ name: 'foo' }), 'foo')
    const channel = await new Promise<any>((resolve, reject) =>
      client.exec(
        'echo "$LANG-$HOME_PAGE-$HOME"',
        { env: { LANG: 'C', HOME_PAGE: 'x', HOME: '/' } },
        (error, opened) => (error ? reject(error) : resolve(opened)),
      ),
    )
    expect((await said(channel)).stdout).toMatch(/^C--\/.+\/foo\n$/)
  })
})

test('a shell over pipes reads commands from its input', async () => {
  const closet = await closetOf({ name: 'foo' })
  const client = await connect(closet, 'foo')
  const channel = await new Promise<any>((resolve, reject) =>
    client.shell(false, (error, opened) => (error ? reject(error) : resolve(opened))),
  )
  channel.end('hostname\necho kept >here\nexit 3\n')
  expect(await said(channel)).toMatchObject({ stdout: 'foo\n', code: 3 })
  expect(await readFile(join(homeOf(closet, 'foo'), 'here'), 'utf8')).toBe('kept\n')
})

/** The words of the first line that a channel says. */
function first(channel: NodeJS.ReadableStream): Promise<string[]> {
  return new Promise(resolve =>
    channel.once('data', (chunk: Buffer) => resolve(String(chunk).trim().split(/\s+/))),
  )
}
