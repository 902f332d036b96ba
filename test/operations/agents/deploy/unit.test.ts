import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { agentUnit } from '../../../../src/operations/agents/deploy/unit.ts'
import { needs } from '../../../support/needs.ts'

const parts = { base: '/opt/reops-agent', scope: 'system', confine: false, stop: 25 } as const

/** A setting of a unit; one that stands twice is wrong in ours. */
function setting(unit: string, name: string): string | undefined {
  const found = [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(match => match[1])
  expect(found.length, name).toBeLessThan(2)
  return found[0]
}

test('a unit starts the current release, and not again when its options or its key are wrong', () => {
  const unit = agentUnit(parts)
  const at = '/opt/reops-agent/current'
  expect(setting(unit, 'ExecStart')).toBe(`${at}/node ${at}/agent.mjs ${at}/options.json`)
  expect(setting(unit, 'Restart')).toBe('always')
  expect(setting(unit, 'RestartPreventExitStatus')).toBe('2 3')
  expect(setting(unit, 'WantedBy')).toBe('multi-user.target')
  expect(setting(agentUnit({ ...parts, scope: 'user' }), 'WantedBy')).toBe('default.target')
})

test('a plain unit leaves its commands what SSH gives them, and a confined one nothing but its own folder', () => {
  for (const scope of ['system', 'user'] as const) {
    const plain = agentUnit({ ...parts, scope })
    const confined = agentUnit({ ...parts, scope, confine: true })
    expect(setting(plain, 'NoNewPrivileges')).toBeUndefined()
    expect(setting(plain, 'ProtectSystem')).toBeUndefined()
    expect(setting(confined, 'NoNewPrivileges')).toBe('yes')
    expect(setting(confined, 'ProtectSystem')).toBe('strict')
    expect(setting(confined, 'ReadWritePaths')).toBe('/opt/reops-agent')
  }
  // These take sudo from the commands of a user's agent, since its manager can set them in no other way.
  expect(setting(agentUnit({ ...parts, scope: 'user' }), 'LockPersonality')).toBeUndefined()
})

test('a folder that means something to systemd is said so that it does not', () => {
  const unit = agentUnit({ ...parts, base: '/home/a b%c/$x', confine: true })
  expect(setting(unit, 'ExecStart')).toContain('"/home/a b%%c/$$x/current/node"')
  expect(setting(unit, 'ReadWritePaths')).toBe('"/home/a b%%c/$x"')
})

test('systemd finds nothing wrong with it', needs('systemd-analyze'), async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'reops-unit-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const base = path.join(folder, 'a b%c')
  await mkdir(path.join(base, 'current'), { recursive: true })
  await writeFile(path.join(base, 'current/node'), '')
  await chmod(path.join(base, 'current/node'), 0o755)
  const file = path.join(folder, 'reops-agent.service')
  for (const confine of [false, true]) {
    await writeFile(file, agentUnit({ ...parts, base, confine }))
    const { status, said } = await new Promise<{ status: number | null; said: string }>(resolve => {
      const child = execFile('systemd-analyze', ['verify', file], { timeout: 20_000 }, (_error, out, err) =>
        resolve({ status: child.exitCode, said: `${out}${err}` }),
      )
    })
    // It may complain of other units of this machine.
    expect(said.split('\n').filter(line => line.includes('reops-agent'))).toEqual([])
    if (!said.includes('Failed to')) expect(status, said).toBe(0)
  }
})
