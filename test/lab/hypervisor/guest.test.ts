import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { canBootGuests, guestImage, type Hypervisor, openHypervisor, putVolume } from './index.ts'

const run = promisify(execFile)
/** Under emulation on a busy machine; it takes a tenth of that on an idle one. */
const bootMs = 90_000

describe('the guest of the lab', canBootGuests(), () => {
  let iron: Hypervisor
  beforeAll(async () => {
    const [{ qcow2 }, opened] = await Promise.all([guestImage(), openHypervisor()])
    iron = opened
    const template = await putVolume(iron, qcow2, 'template.qcow2')
    const format = ['--format', 'qcow2', '--backing-vol', template, '--backing-vol-format', 'qcow2']
    await iron.virsh('vol-create-as', 'default', 'one.qcow2', '1G', ...format)
    await iron.virsh('vol-create-as', 'default', 'more.qcow2', '32M', '--format', 'qcow2')
    await makeSeed(iron)
    await writeFile(path.join(iron.folder, 'one.xml'), domain)
    await iron.virsh('create', path.join(iron.folder, 'one.xml'))
  }, 180_000)
  afterAll(async () => {
    await iron?.close()
  })

  test('boots from a linked clone, does as its seed says, and ends on the power button', {
    timeout: 2 * bootMs,
  }, async () => {
    const address = await until(async () => (await iron.virsh('domifaddr', 'one')).match(/192\.[\d.]+/)?.[0])
    const { port } = await iron.forward(address, 22)
    expect(await until(() => bannerOf(port))).toMatch(/^SSH-2\.0-dropbear/)

    const say = 'id -un; hostname; cat /etc/from-seed /from-command; sudo id -un; cat /sys/block/vd[ab]/size'
    expect(await ssh(iron, `ops@${address}`, say)).toBe(
      ['ops', 'redis-1', 'a "b"', 'c\\d', 'ran', 'root', `${2 ** 30 / 512}`, `${2 ** 25 / 512}`, ''].join(
        '\n',
      ),
    )
    expect(await iron.virsh('net-dhcp-leases', 'default')).toContain('redis-1')

    await iron.virsh('shutdown', '--mode', 'acpi', 'one')
    // It was never defined, so it is gone when it has ended.
    await until(async () => !(await iron.virsh('list', '--all', '--name')).includes('one'))
  })
})

describe('the JSON of a seed', canBootGuests(), () => {
  const flatten = async (document: string) => {
    const script = fileURLToPath(new URL('guest/root-files/etc/seed/flatten.awk', import.meta.url))
    const child = run('busybox', ['awk', '-f', script])
    child.child.stdin?.end(document)
    return (await child).stdout.trimEnd().split('\n')
  }

  test('is read as JSON.stringify writes it', async () => {
    const document = {
      a: [],
      b: {},
      c: ['x "y" \\ {', 'é\tz', '1\n2\u0001'],
      'd-e': { f: [{ g: -1.5e3 }, true, null] },
    }
    for (const space of [0, 2]) {
      expect(await flatten(`#cloud-config\n${JSON.stringify(document, null, space)}`)).toEqual([
        'c.0\tx "y" \\ {',
        'c.1\té\tz',
        'c.2\t1\u00012\u0001',
        'd-e.f.0.g\t-1500',
        'd-e.f.1\ttrue',
        'd-e.f.2\tnull',
      ])
    }
  })

  test('is refused when it is none', async () => {
    await expect(flatten('#cloud-config\n{"a": [1, }')).rejects.toThrow('expected a value before: }')
    await expect(flatten('users:\n- name: ops\n')).rejects.toThrow('expected the end before: :')
  })
})

const domain = `<domain type='qemu'>
  <name>one</name>
  <memory unit='MiB'>192</memory>
  <os><type arch='x86_64'>hvm</type></os>
  <features><acpi/></features>
  <devices>
    ${disk('one.qcow2', 'qcow2', 'vda')}
    ${disk('more.qcow2', 'qcow2', 'vdb')}
    ${disk('seed.fat', 'raw', 'vdc')}
    <interface type='network'><source network='default'/><model type='virtio'/></interface>
    <rng model='virtio'><backend model='random'>/dev/urandom</backend></rng>
    <console type='pty'/>
  </devices>
</domain>
`

function disk(volume: string, format: string, target: string): string {
  return `<disk type='volume' device='disk'>
      <driver name='qemu' type='${format}'/>
      <source pool='default' volume='${volume}'/>
      <target dev='${target}' bus='virtio'/>
    </disk>`
}

/** A NoCloud seed on FAT. */
async function makeSeed(iron: Hypervisor): Promise<void> {
  const [fat, meta, user] = ['seed.fat', 'meta-data', 'user-data'].map(name =>
    path.join(iron.folder, name),
  ) as [string, string, string]
  await writeFile(meta, 'instance-id: i-1\nlocal-hostname: redis-1\n')
  const wanted = {
    users: [{ name: 'ops', ssh_authorized_keys: [iron.ssh.publicKey] }],
    write_files: [{ path: '/etc/from-seed', content: 'a "b"\nc\\d\n' }],
    runcmd: ['echo ran >/from-command'],
  }
  await writeFile(user, `#cloud-config\n${JSON.stringify(wanted)}\n`)
  await run('truncate', ['-s', '1M', fat])
  await run('mformat', ['-i', fat, '-v', 'cidata', '::'])
  await run('mcopy', ['-i', fat, meta, user, '::'])
  await putVolume(iron, fat, 'seed.fat')
}

async function ssh(iron: Hypervisor, at: string, words: string): Promise<string> {
  const { key, knownHosts, port } = iron.ssh
  const jump = `ssh -F none -i ${key} -o UserKnownHostsFile=${knownHosts} -p ${port} -W %h:%p root@127.0.0.1`
  const trusting = [
    '-o',
    'StrictHostKeyChecking=no',
    '-o',
    `UserKnownHostsFile=${path.join(iron.folder, 'guests')}`,
  ]
  const args = ['-F', 'none', '-i', key, ...trusting, '-o', `ProxyCommand=${jump}`, at, words]
  return (await run('ssh', args, { timeout: 60_000 })).stdout
}

/** What a server says first; nothing when it hangs up or keeps silent. */
function bannerOf(port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const socket = net.connect(port, '127.0.0.1')
    socket.setTimeout(5000, () => socket.destroy())
    socket.once('data', chunk => {
      resolve(chunk.toString('latin1'))
      socket.destroy()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(undefined))
  })
}

/** Asks until there is an answer. */
async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + bootMs
  while (performance.now() < deadline) {
    const answer = await ask()
    if (answer) return answer
    await sleep(200)
  }
  throw new Error(`nothing within ${bootMs} ms`)
}
