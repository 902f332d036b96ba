import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asked, farewell, said } from '../../../src/core/farewell.ts'
import { booted, bootId } from '../../../src/providers/physical/ssh/words.ts'
import { relay } from '../../../src/providers/physical/wake/relay-script.ts'
import { localShell } from '../../fakes/local-shell.ts'
import { findProgram } from '../../lab/programs.ts'

/** Hosts whose programs are played: each notes how it was called, and then does what is said. */
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'reops-words-'))
  await mkdir(path.join(folder, 'bin'))
  // Never links: what is played is written, and would be written through them.
  for (const program of ['sh', 'head', 'tail', 'cat', 'sed', 'tr', 'sleep'])
    await play({ [program]: `exec ${findProgram(program)} "$@"` })
  await play({ id: 'echo 0', uname: 'echo Linux' })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const noted = ['systemctl', 'shutdown', 'poweroff', 'reboot', 'sudo', 'doas']

async function play(programs: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, does] of Object.entries(programs)) {
    const file = path.join(folder, 'bin', name)
    const note = noted.includes(name) ? `echo "${name} $*" >>"${folder}/called"\n` : ''
    await writeFile(file, `#!/bin/sh\n${note}${does}\n`)
    await chmod(file, 0o755)
  }
}

async function called(): Promise<readonly string[]> {
  return (await readFile(path.join(folder, 'called'), 'utf8')).trim().split('\n')
}

async function run(script: string, ...args: readonly string[]) {
  // The places that the scripts add to PATH must not bring this machine's own programs in.
  const kept = script.replace(/^PATH=.*$/m, '')
  if (kept.includes('PATH') || kept.includes('/sbin'))
    throw new Error('this would shut down the machine of the tests')
  const hosts = localShell({ folder, env: { PATH: path.join(folder, 'bin') } })
  const remote = await hosts.open('ssh', { name: 'box' }, { signal: new AbortController().signal })
  return remote.exec(['sh', '-c', kept, 'sh', ...args], { signal: new AbortController().signal })
}

describe('a host is shut down', () => {
  test('by systemd where it has it', async () => {
    await play({ systemctl: '', shutdown: '', poweroff: '' })
    expect(said((await run(farewell, 'off')).stdout, asked)).toBe('systemctl poweroff')
    expect(await called()).toEqual(['systemctl poweroff'])
  })

  test('by the next word where the first is not there or does not work', async () => {
    await play({ systemctl: 'echo "System has not been booted with systemd" >&2; exit 1', poweroff: '' })
    expect(said((await run(farewell, 'off')).stdout, asked)).toBe('poweroff')
  })

  test('by sudo for whoever is not root, for the very command that a rule may allow', async () => {
    await play({ id: 'echo 1000', shutdown: 'exit 1', sudo: '[ "$*" = "-n shutdown -h now" ]' })
    expect(said((await run(farewell, 'off')).stdout, asked)).toBe('sudo -n shutdown -h now')
  })

  test('by doas where there is no sudo', async () => {
    await play({ id: 'echo 1000', poweroff: 'exit 1', doas: '' })
    expect(said((await run(farewell, 'off')).stdout, asked)).toBe('doas -n poweroff')
  })

  test('in the words of its own system', async () => {
    await play({ uname: 'echo OpenBSD', shutdown: '', poweroff: '' })
    await run(farewell, 'off')
    await play({ uname: 'echo Darwin' })
    await run(farewell, 'off')
    await run(farewell, 'again')
    expect(await called()).toEqual(['shutdown -p now', 'shutdown -h now', 'shutdown -r now'])
  })

  test('or says of each word why it did not do', async () => {
    await play({ id: 'echo 1000', sudo: 'echo "a password is required" >&2; exit 1', poweroff: 'exit 1' })
    const { exit, stderr } = await run(farewell, 'off')
    expect(exit).toBe(1)
    expect(stderr).toContain('systemctl is not there; shutdown is not there;')
    expect(stderr).toContain('sudo -n poweroff: a password is required')
  })
})

test('a host is restarted by the same rules', async () => {
  await play({ systemctl: 'exit 1', reboot: '' })
  expect(said((await run(farewell, 'again')).stdout, asked)).toBe('reboot')
  expect(await called()).toEqual(['systemctl reboot', 'reboot'])
})

test('a host says by what one start is told from another', async () => {
  const ours = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined)
  await play({ cat: 'exit 1', sysctl: '[ "$2" = kern.boottime ] && echo "{ sec = 1700000000 }"' })
  expect(said((await run(bootId)).stdout, booted)).toBe('{ sec = 1700000000 }')
  if (ours === undefined) return
  await play({ cat: `exec ${findProgram('cat')} "$@"` })
  expect(said((await run(bootId)).stdout, booted)).toBe(ours.trim())
})

test('a host that can not send a magic packet says what is missing', async () => {
  await play({ perl: 'echo "Can not locate Socket.pm" >&2; exit 2' })
  const { exit, stderr } = await run(relay, 'ff', '10.0.0.255', '9', '52:54:00:12:34:56', '', '1')
  expect(exit).toBe(1)
  expect(stderr.trim()).toBe(
    'wakeonlan is not there; python3 is not there; perl: Can not locate Socket.pm; etherwake is not there; ether-wake is not there;',
  )
})
