import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { configSchema } from '../../../src/core/config.ts'
import { openExecutions } from '../../../src/run/open-executions.ts'
import { openSystems } from '../../../src/run/open-systems.ts'
import { type Lab, startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'

describe('a process that is killed while it provisions', needs('sshd'), () => {
  let lab: Lab
  let folder: string
  const at = (name: string) => path.join(folder, name)
  const loaded = () => ({ config: configSchema.parse({ state: 'state' }), folder, file: undefined })

  beforeAll(async () => {
    lab = await startLab([{ name: 'web' }])
    folder = await mkdtemp(path.join(tmpdir(), 'reops-provision-'))
  })
  afterAll(async () => {
    await writeFile(at('end'), '')
    await vi.waitUntil(() => existsSync(at('ended')), { timeout: 5_000 })
    await lab?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const start = () => {
    const program = path.join(import.meta.dirname, 'victim.ts')
    const env = { ...process.env, HOME: folder, REOPS_STATE: undefined }
    return spawn(process.execPath, [program, folder], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  it('is gone on with by the next one, which repeats nothing that was done', {
    timeout: 60_000,
  }, async () => {
    const { address, port } = lab.host('web')
    const id = `sys-${'0'.repeat(20)}`
    const reached = { address, port, user: lab.user, key: lab.key }
    const system = {
      id,
      hostname: 'web',
      provider: 'kvm',
      type: 'web',
      state: 'running',
      ...reached,
    } as const
    const systems = await openSystems(loaded())
    await systems.add({ description: '', tags: [], volumes: [], ...system }, { by: 'test', at: 0 })
    const host = { name: 'web', system: id, ...reached }
    await writeFile(at('hosts.json'), JSON.stringify({ via: 'ssh', defaults: {}, hosts: [host] }))

    const first = start()
    const said = text(first.stderr)
    await expect
      .poll(() => existsSync(at('tries')) || first.exitCode !== null, { timeout: 20_000 })
      .toBe(true)
    expect(first.exitCode === null ? '' : await said).toBe('')
    first.kill('SIGKILL')
    await once(first, 'close')
    expect(existsSync(at('last'))).toBe(false)
    expect(await systems.get(id)).toMatchObject({ state: 'provisioning', stage: 'provision: web' })

    // What was done is told from the journal, though somebody undid it meanwhile.
    await rm(at('first'))
    await writeFile(at('quick'), '')
    // As its lease's end would, half a minute later.
    const held = await systems.holder(id, Date.now())
    await systems.release(id, held!.fence)

    const second = start()
    const [out, err] = await Promise.all([text(second.stdout), text(second.stderr), once(second, 'close')])
    expect(err).toBe('')
    const { successful, failure } = JSON.parse(out)
    expect(failure).toEqual([])
    expect(successful[0].value).toMatchObject({ type: 'web', changed: 4 })
    expect(existsSync(at('first'))).toBe(false)
    expect(await readFile(at('last'), 'utf8')).toBe('last\n')
    expect(await readFile(at('tries'), 'utf8')).toBe('run\nrun\n')
    expect(await systems.get(id)).toMatchObject({ state: 'running', provisioned: { type: 'web' } })
    await systems.close()

    const executions = await openExecutions(loaded())
    const flows = executions.list({}).map(({ flow, status }) => `${flow} ${status}`)
    expect(flows.sort()).toEqual(['all SUCCEEDED', 'provision-web SUCCEEDED'])
    await executions.close()
  })
})
