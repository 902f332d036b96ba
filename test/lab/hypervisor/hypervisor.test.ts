import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import net from 'node:net'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { canHypervise, type Hypervisor, type HypervisorOptions, openHypervisor } from './index.ts'

describe('a hypervisor of the lab', canHypervise(), () => {
  const opened: Hypervisor[] = []
  const open = async (options: HypervisorOptions = {}) => {
    const iron = await openHypervisor(options)
    opened.push(iron)
    return iron
  }
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(iron => iron.close()))
  })

  test('answers virsh, with a network and a pool, and under its own name', async () => {
    const iron = await open({ name: 'attic' })
    expect(await iron.virsh('hostname')).toMatch(/^attic/)
    expect(await iron.virsh('net-list')).toMatch(/default +active/)
    expect(await iron.virsh('pool-list')).toMatch(/default +active/)
    expect(await iron.virsh('domcapabilities', '--virttype', 'qemu')).toContain('<domain>qemu</domain>')
    await expect(iron.virsh('domcapabilities', '--virttype', 'kvm')).rejects.toThrow('kvm')
  })

  test('stands beside others, none of which sees another', async () => {
    const [one, two] = await Promise.all([open({ name: 'one' }), open({ name: 'two' })])
    expect(one.subnet).not.toBe(two.subnet)
    await one.virsh('vol-create-as', 'default', 'disk', '1M')
    expect(await two.virsh('vol-list', 'default')).not.toContain('disk')
    expect(await readdir(one.outside('/var/lib/libvirt/images'))).toEqual(['disk'])
    expect((await two.exec(['ip', '-br', 'address', 'show', 'virbr0'])).trim()).toContain(
      `${two.subnet}.1/24`,
    )
  })

  test('lets itself be reached by SSH, from loopback', async () => {
    const { ssh } = await open({ name: 'far' })
    const known = ['-F', 'none', '-o', `UserKnownHostsFile=${ssh.knownHosts}`, '-i', ssh.key]
    const args = [...known, '-p', `${ssh.port}`, `${ssh.user}@127.0.0.1`, 'hostname; virsh list --name']
    expect((await promisify(execFile)('ssh', args)).stdout).toBe('far\n\n')
  })

  test('forwards to what listens inside', async () => {
    const iron = await open()
    const inside = iron.exec(['busybox', 'nc', '-l', '-p', '4000', '-e', 'echo', 'from inside'])
    await iron.exec(['sh', '-c', 'until ss -ltn | grep -q :4000; do sleep 0.02; done'])
    const door = await iron.forward('127.0.0.1', 4000)
    expect(await heard(door.port)).toBe('from inside\n')
    await inside
  })

  test('forgets what went through a forward when that is stopped', async () => {
    const iron = await open()
    const listening = ['busybox', 'nc', '-l', '-p', '4000', '-e', 'cat']
    const inside = iron.exec(listening)
    await iron.exec(['sh', '-c', 'until ss -ltn | grep -q :4000; do sleep 0.02; done'])
    const door = await iron.forward('127.0.0.1', 4000)
    const socket = net.connect(door.port, '127.0.0.1')
    const echo = new Promise(resolve => socket.once('data', chunk => resolve(`${chunk}`)))
    socket.write('hello')
    expect(await echo).toBe('hello')
    const closed = new Promise(resolve => socket.once('close', resolve))
    await door.stop()
    await closed
    await inside
  })

  test('has no more room than it is given', async () => {
    const iron = await open({ poolMiB: 8 })
    expect(await iron.virsh('pool-info', 'default', '--bytes')).toMatch(/Capacity: +8388608/)
    const create = iron.virsh('vol-create-as', 'default', 'big', '16M', '--allocation', '16M')
    await expect(create).rejects.toThrow('No space left on device')
  })

  test('is killed, comes back, is frozen and thaws', async () => {
    const iron = await open()
    await iron.kill()
    await expect(iron.virsh('list')).rejects.toThrow('Connection refused')
    await iron.restart()
    expect(await iron.virsh('net-list')).toContain('default')
    await iron.freeze()
    const answer = iron.virsh('hostname')
    expect(await Promise.race([answer, new Promise(resolve => setTimeout(resolve, 300, 'nothing'))])).toBe(
      'nothing',
    )
    await iron.thaw()
    expect(await answer).toContain('big-iron')
  })

  test('leaves nothing when it is closed, frozen or not', async () => {
    const iron = await open()
    const network = await iron.exec(['readlink', '/proc/self/ns/net'])
    expect(await networks()).toContain(network.trim())
    await iron.freeze()
    await iron.close()
    expect(await networks()).not.toContain(network.trim())
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(iron.folder)
    await expect(readdir(iron.folder)).rejects.toThrow('ENOENT')
    await expect(heard(iron.ssh.port)).rejects.toThrow('ECONNREFUSED')
  })
})

function heard(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    net
      .connect(port, '127.0.0.1')
      .on('data', chunk => {
        text += chunk
      })
      .on('end', () => resolve(text))
      .on('error', reject)
  })
}

/** The network namespaces in which processes of this machine are. */
async function networks(): Promise<string> {
  const script = 'for each in /proc/[0-9]*; do readlink $each/ns/net; done | sort -u'
  return (await promisify(execFile)('sh', ['-c', script])).stdout
}
