import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Hosts } from '../../../src/core/hosts.ts'
import { hosts } from '../../../src/core/hosts.ts'
import { checkOnly } from '../../../src/core/operation/check-only.ts'
import type { Operation } from '../../../src/core/operation/operation.ts'
import type { Outcome } from '../../../src/core/outcome.ts'
import { packages, service } from '../../../src/operations/provision/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { localShell } from '../../fakes/local-shell.ts'
import { scratch } from '../remote/scratch.ts'

const foo = hosts(['foo'])

/** A host with these programs alone, besides a shell's own; `calls` tells how they were called. */
async function hostWith(programs: Readonly<Record<string, string>>) {
  const folder = await scratch()
  const bin = path.join(folder, 'bin')
  await mkdir(bin)
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\nstate=${folder}\n${text}\n`)
    await chmod(path.join(bin, name), 0o755)
  }
  await writeFile(path.join(folder, 'there'), 'old\n')
  const port = localShell({ folder, env: { PATH: `${bin}:/usr/bin:/bin` } })
  const run = async <T>(operation: Operation<void, Outcome<Hosts, T>>): Promise<T> => {
    const { successful, failure } = await carryOut(operation, { hosts: port })
    if (successful[0] === undefined) throw new Error(JSON.stringify(failure))
    return successful[0].value
  }
  const calls = async () =>
    (await readFile(path.join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').slice(0, -1)
  return { run, calls }
}

const last = 'for last do :; done'
const find = `${last}; grep -qxF -- "$last" "$state/there"`
/** Does what it is told by words, to a list in a file. */
const act = (install: string, remove: string) => `
  echo "$(basename "$0") $*" >>"$state/calls"
  ${last}
  case " $* " in
    *' ${install} '*) echo "$last" >>"$state/there" ;;
    *' ${remove} '*) grep -vxF -- "$last" "$state/there" >"$state/new"; mv "$state/new" "$state/there" ;;
  esac`

describe.each([
  [
    'dnf',
    { rpm: find, dnf: act('install', 'remove') },
    ['dnf -q makecache', 'dnf -y install -- new', 'dnf -y remove -- old'],
  ],
  [
    'yum',
    { rpm: find, yum: act('install', 'remove') },
    ['yum -q makecache', 'yum -y install -- new', 'yum -y remove -- old'],
  ],
  [
    'zypper',
    { rpm: find, zypper: act('install', 'remove') },
    [
      'zypper --non-interactive refresh',
      'zypper --non-interactive install -- new',
      'zypper --non-interactive remove -- old',
    ],
  ],
  [
    'apk',
    { apk: `if [ "$1" = info ]; then ${find}; exit; fi${act('add', 'del')}` },
    ['apk --wait 120 update', 'apk --wait 120 add -- new', 'apk --wait 120 del -- old'],
  ],
  [
    'pacman',
    { pacman: `if [ "$1" = -Qq ]; then ${find}; exit; fi${act('-S', '-R')}` },
    ['pacman -Sy --noconfirm', 'pacman -S --noconfirm --needed -- new', 'pacman -R --noconfirm -- old'],
  ],
] as const)('%s', (manager, programs, commands) => {
  it('installs and removes, once', async () => {
    const { run, calls } = await hostWith(programs)
    const more = packages(foo, ['old', 'new'], { manager, update: true })
    const less = packages(foo, ['old'], { manager, state: 'absent' })
    expect(await run(checkOnly(more))).toMatchObject({ changed: true, what: ['+new'], manager })
    expect(await calls()).toEqual([])
    expect(await run(more)).toMatchObject({ changed: true })
    expect(await run(more)).toMatchObject({ changed: false })
    expect(await run(less)).toMatchObject({ changed: true, what: ['-old'] })
    expect(await run(less)).toMatchObject({ changed: false })
    expect(await calls()).toEqual(commands)
  })
})

/** A service in two files: whether it runs, and whether it is enabled. */
const power = (name: string) => `
  echo "${name} $*" >>"$state/calls"
  case "$2" in
    start | restart) : >"$state/on" ;;
    stop) rm -f "$state/on" ;;
  esac`

describe.each([
  [
    'openrc',
    {
      'rc-service': `case "$*" in '-e redis') exit 0 ;; *status) [ -e "$state/on" ]; exit ;; esac${power('rc-service')}`,
      'rc-update': `
        if [ "$1" = show ]; then [ ! -e "$state/enabled" ] || echo ' redis | default'; exit; fi
        echo "rc-update $*" >>"$state/calls"
        if [ "$1" = add ]; then : >"$state/enabled"; else rm "$state/enabled"; fi`,
    },
    [
      'rc-update add redis default',
      'rc-service redis start',
      'rc-update del redis default',
      'rc-service redis stop',
    ],
  ],
] as const)('%s', (manager, programs, commands) => {
  it('starts, enables, stops and disables, once', async () => {
    const { run, calls } = await hostWith(programs)
    const on = service(foo, 'redis', { running: true, enabled: true, manager })
    const off = service(foo, 'redis', { running: false, enabled: false, manager })
    expect(await run(checkOnly(on))).toMatchObject({ changed: true, what: ['enabled', 'started'], manager })
    expect(await calls()).toEqual([])
    expect(await run(on)).toMatchObject({ changed: true })
    expect(await run(on)).toMatchObject({ changed: false })
    expect(await run(off)).toMatchObject({ changed: true, what: ['disabled', 'stopped'] })
    expect(await run(off)).toMatchObject({ changed: false })
    expect(await calls()).toEqual(commands)
  })
})
