import { rm } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { canBootGuests, guestImage, type Hypervisor, openHypervisor } from '../../lab/hypervisor/index.ts'
import { needs } from '../../support/needs.ts'
import { start } from '../command.ts'
import { makeProject } from '../harness.ts'
import { openTerminal, type Terminal } from '../terminal.ts'

/** A guest boots under plain emulation, and the first time its image is built. */
const patience = 300_000

const possible = { ...canBootGuests(), ...needs('tmux', 'ssh'), timeout: patience }

/** The real command, a real hypervisor and a guest that boots; what each test does, the next one finds done. */
describe('a system on a hypervisor, by the command alone', possible, () => {
  let iron: Hypervisor
  let folder: string
  let image: string
  let terminal: Terminal | undefined
  beforeAll(async () => {
    const [guest, opened] = await Promise.all([guestImage(), openHypervisor({ name: 'big-iron' })])
    iron = opened
    image = guest.qcow2
    const { ssh, socket } = iron
    const config = {
      hosts: { door: { address: '127.0.0.1', port: ssh.port, user: ssh.user, key: ssh.key } },
      hypervisors: {
        'big-iron': {
          ...{ provider: 'kvm', uri: `qemu+unix:///system?socket=${socket}`, user: 'ops', key: ssh.key },
          jump: 'door',
        },
      },
      ssh: { config: false, knownHosts: [], agent: false },
    }
    folder = await makeProject({ 'reops.config.ts': `export default ${JSON.stringify(config)}\n` })
  }, patience)
  afterEach(async () => {
    await terminal?.close()
    terminal = undefined
  })
  afterAll(async () => {
    await iron?.close()
    await rm(folder, { recursive: true, force: true })
  }, patience)

  const words = (...some: string[]) => {
    const [command = '', ...rest] = some
    return [command, '--config', path.join(folder, 'reops.config.ts'), ...rest]
  }
  const reops = (...some: string[]) => start(words(...some), {}, patience).ended

  test('a template is brought there', async () => {
    const brought = await reops('template', 'import', image, '--name', 'lab')
    expect(brought).toMatchObject({ status: 0, stdout: expect.stringContaining('lab is on big-iron') })
    expect((await reops('template', 'list')).stdout).toMatch(/^lab +big-iron +default +qcow2/m)
  })

  test('it is made of it, and answers SSH', async () => {
    const made = await reops('create', 'big-iron', '--image', 'lab', '--name', 'redis', '--ram', '192')
    expect(made.stdout).toMatch(/^redis +running +big-iron +192 MiB +192\.168\./m)
    expect(made.status).toBe(0)
    expect((await reops('list', 'running', 'with-ip')).stdout).toMatch(/^redis /m)
  })

  test('ssh goes there through the hypervisor, by the host key that was accepted', async () => {
    const { status, stdout } = await reops('ssh', 'redis', '--', 'hostname; exit 7')
    expect({ status, stdout }).toEqual({ status: 7, stdout: 'redis\n' })
  })

  test('its console is typed at until it is left', async () => {
    terminal = await openTerminal(words('console', 'redis'))
    await terminal.shows('Ctrl-] leaves')
    await terminal.press('Enter')
    await terminal.shows('redis login:')
    await terminal.press('C-c')
    await terminal.press('Enter')
    await terminal.type('~.')
    expect(await terminal.shows('left with 0')).toContain('left the console of redis')
  })

  test('the store is built again from the hypervisor', async () => {
    await rm(path.join(folder, '.reops', 'reops.db'))
    expect((await reops('list')).stdout).toMatch(/^no systems yet/)
    expect((await reops('sync')).stdout).toMatch(/^redis +running +added +big-iron/m)
  })

  test('it is destroyed, and nothing of it is left', async () => {
    expect((await reops('destroy', 'redis', '--yes')).stdout).toContain('redis  destroyed')
    expect((await iron.virsh('list', '--all', '--name')).trim()).toBe('')
    const volumes = await iron.virsh('vol-list', 'default')
    expect(volumes).toContain('lab')
    expect(volumes).not.toContain('redis')
  })
})
