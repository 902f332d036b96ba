import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hosts } from '../../../src/core/hosts.ts'
import { type Command, exec, type NohupOptions, nohup } from '../../../src/operations/remote/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { fakeHosts } from '../../fakes/hosts.ts'
import { localShell } from '../../fakes/local-shell.ts'
import { scratch } from './scratch.ts'

const foo = hosts(['foo'])

async function launch(command: Command, options: NohupOptions = {}, within?: string) {
  const folder = within ?? (await scratch())
  const local = { hosts: localShell({ folder, env: { TMPDIR: folder } }) }
  const outcome = await carryOut(nohup(foo, command, options), local)
  const value = outcome.successful[0]?.value
  if (value?.running) onTestFinished(() => endGroup(value.pid))
  return { folder, value, failure: outcome.failure[0] }
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // The test ended it itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What stands in a file once a command has written it; no longer than a test may take. */
async function eventually(file: string, wanted: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if ((await readFile(file, 'utf8')).includes(wanted)) return
    await sleep(25)
  }
  throw new Error(`${file} never said ${wanted}`)
}

describe('a command that goes on', () => {
  it('is the process that is named, leads its own session, and writes to the log', async () => {
    const { value } = await launch(['sh', '-c', 'echo out; echo err >&2; cat; exec sleep 60'], {
      log: 'my log',
    })
    expect(value).toMatchObject({ running: true, pid: expect.any(Number) })
    await eventually(value!.log, 'out\nerr\n')
    const fields = (await readFile(`/proc/${value!.pid}/stat`, 'utf8')).split(' ')
    expect(fields[1]).toBe('(sleep)')
    expect([fields[4], fields[5]]).toEqual([String(value!.pid), String(value!.pid)])
  })

  it('is deaf to a hang-up', async () => {
    const { value } = await launch(['sleep', '60'])
    const status = await readFile(`/proc/${value!.pid}/status`, 'utf8')
    const ignored = BigInt(`0x${/^SigIgn:\s*([0-9a-f]+)/m.exec(status)![1]}`)
    expect(ignored & 1n).toBe(1n)
  })

  it('gives a string to the host’s shell', async () => {
    const { folder, value } = await launch('echo $((6 * 7)) | cat; sleep 60', { log: '/dev/../dev/null' })
    expect(value).toMatchObject({ running: true, log: '/dev/../dev/null' })
    const again = await launch('echo "$HOME" && sleep 60', {}, folder)
    await eventually(again.value!.log, folder)
  })

  it('has a log of its own that nobody else may read', async () => {
    const { folder, value } = await launch(['sleep', '60'])
    expect(value!.log.startsWith(`${folder}/reops-nohup-`)).toBe(true)
    expect((await stat(value!.log)).mode & 0o777).toBe(0o600)
  })

  it('adds to a log that is there, whatever its name', async () => {
    const folder = await scratch()
    const log = join(folder, "-it's\na log\n")
    await writeFile(log, 'before\n')
    const { value } = await launch('echo after; sleep 60', { log: "-it's\na log\n" }, folder)
    expect(value?.log).toBe(log)
    await eventually(log, 'before\nafter\n')
  })
})

describe('a command that ends at once', () => {
  it('fails with its status and its own last words, not those of an older log', async () => {
    const folder = await scratch()
    await writeFile(join(folder, 'log'), 'old\n')
    const { failure } = await launch('echo no config >&2; exit 78', { log: 'log' }, folder)
    expect(failure).toMatchObject({
      code: 'exit',
      message: 'exit status 78: no config',
      detail: { exit: 78 },
    })
    const silent = await launch('exit 3', { log: 'log' }, folder)
    expect(silent.failure?.message).toBe('exit status 3')
  })

  it('fails when there is no such program, and leaves no log of its own', async () => {
    const { folder, failure } = await launch(['no-such-program', '-x'])
    expect(failure?.message).toMatch(/^exit status 127: .*no-such-program/)
    expect(await readdir(folder)).toEqual([])
  })

  it('fails when a signal ended it', async () => {
    expect((await launch('kill -9 $$')).failure).toMatchObject({ code: 'exit', detail: { exit: 137 } })
  })

  it('is a success that runs no more when it ended well', async () => {
    expect((await launch(['true'])).value).toMatchObject({ running: false })
  })

  it('is not started when its log can not be written', async () => {
    const { folder, failure } = await launch('touch started; sleep 60', { log: 'no/such/folder/log' })
    expect(failure).toMatchObject({ code: 'exit', message: expect.stringContaining('no/such/folder/log') })
    await expect(stat(join(folder, 'started'))).rejects.toThrow('ENOENT')
  })
})

describe('the answer of a host', () => {
  it.each([
    ['noise of a login\nreops-launched\n12\nyes\n/tmp/log\n', { pid: 12, running: true, log: '/tmp/log' }],
    ['reops-launched\n12\nno\n/tmp/a\nb\n\n', { pid: 12, running: false, log: '/tmp/a\nb\n' }],
  ])('%j is read', async (stdout, value) => {
    const outcome = await carryOut(nohup(foo, 'x'), { hosts: fakeHosts(() => ({ stdout })) })
    expect(outcome.successful[0]?.value).toEqual(value)
  })

  it.each([[''], ['reops-launched\n12; rm\nyes\n/tmp/log\n'], ['reops-launched\n12\nyes\nrelative\n']])(
    '%j leaves open whether the command runs',
    async stdout => {
      const outcome = await carryOut(nohup(foo, 'x'), { hosts: fakeHosts(() => ({ stdout })) })
      expect(outcome.failure).toMatchObject([{ code: 'unknown', detail: { stdout } }])
    },
  )
})

it('leaves room for the next command on the same host', async () => {
  const folder = await scratch()
  await launch(['sleep', '60'], {}, folder)
  const outcome = await carryOut(exec(foo, 'echo next'), { hosts: localShell({ folder }) })
  expect(outcome.successful[0]?.value.stdout).toBe('next\n')
})
