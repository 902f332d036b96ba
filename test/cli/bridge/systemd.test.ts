import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type UnitParts, unitOf } from '../../../src/cli/bridge/systemd/unit.ts'
import { needs } from '../../support/needs.ts'
import { call, project } from '../harness.ts'

const parts: UnitParts = {
  node: process.execPath,
  reops: '/opt/re-ops/bin/reops.js',
  config: '/home/ops/closet/reops.config.ts',
  folder: '/home/ops/closet',
  state: '/home/ops/closet/.reops',
  user: 'ops',
}

/** A unit's settings, section by section; one that stands twice would be a list, of which there are none. */
function parse(unit: string): Map<string, string> {
  const settings = new Map<string, string>()
  let section = ''
  for (const line of unit.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const [, title] = /^\[(\w+)\]$/.exec(line) ?? []
    if (title !== undefined) section = title
    else {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? []
      if (name === undefined) throw new Error(`no setting: ${line}`)
      const key = `${section}.${name}`
      if (settings.has(key)) throw new Error(`${key} stands twice`)
      settings.set(key, value!)
    }
  }
  return settings
}

test('the unit is hardened, and may write its state and nothing else', () => {
  const settings = parse(unitOf(parts))
  const service = (name: string) => settings.get(`Service.${name}`)
  expect(service('Type')).toBe('exec')
  expect(service('ExecStart')).toBe(
    `${parts.node} ${parts.reops} bridge --config /home/ops/closet/reops.config.ts`,
  )
  expect(service('Restart')).toBe('on-failure')
  expect(service('NoNewPrivileges')).toBe('yes')
  expect(service('ProtectSystem')).toBe('strict')
  expect(service('ReadWritePaths')).toBe(parts.state)
  expect(service('CapabilityBoundingSet')).toBe('')
  expect(service('User')).toBe('ops')
  expect(settings.get('Install.WantedBy')).toBe('multi-user.target')
})

test('paths that mean something to systemd are said so that they do not', () => {
  const state = '/srv/a b%c/"$x\\'
  const settings = parse(unitOf({ ...parts, config: '/srv/$HOME/100%.ts', state }))
  expect(settings.get('Service.ExecStart')).toMatch(/--config \/srv\/\$\$HOME\/100%%\.ts$/)
  expect(settings.get('Service.ReadWritePaths')).toBe('"/srv/a b%%c/\\"$x\\\\"')
  expect(settings.get('Service.Environment')).toBe('"REOPS_STATE=/srv/a b%%c/\\"$x\\\\"')
})

test('systemd finds nothing wrong with it', needs('systemd-analyze'), async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-unit-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const odd = path.join(folder, 'a b%c')
  await mkdir(odd)
  const unit = path.join(folder, 'reops-bridge.service')
  for (const state of [parts.state, odd]) {
    await writeFile(unit, unitOf({ ...parts, folder, state, user: userInfo().username }))
    const { status, said } = await new Promise<{ status: number | null; said: string }>(resolve => {
      const child = execFile('systemd-analyze', ['verify', unit], { timeout: 20_000 }, (_error, out, err) =>
        resolve({ status: child.exitCode, said: `${out}${err}` }),
      )
    })
    // It may complain of other units of this machine.
    expect(said.split('\n').filter(line => line.includes('reops-bridge'))).toEqual([])
    if (!said.includes('Failed to')) expect(status, said).toBe(0)
  }
})

test('the command prints the unit alone, for whoever asks or is named', async () => {
  const folder = await project({ 'reops.config.ts': 'export default {}' })
  const { status, stdout, stderr } = await call(folder, ['bridge', '--systemd', '--user', 'ops'])
  const settings = parse(stdout)
  expect(status).toBe(0)
  expect(settings.get('Service.WorkingDirectory')).toBe(folder)
  expect(settings.get('Service.ExecStart')).toContain(`--config ${folder}/reops.config.ts`)
  expect(settings.get('Service.User')).toBe('ops')
  expect(stderr).toContain('has to be there')
  const own = parse((await call(folder, ['bridge', '--systemd'])).stdout)
  expect(own.get('Service.User')).toBe(userInfo().username)
  expect(await call(folder, ['bridge', '--systemd', '--user', 'a\nb'])).toMatchObject({
    status: 2,
    stdout: '',
  })
})
