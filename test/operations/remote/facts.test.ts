import { readFileSync } from 'node:fs'
import { hostname, totalmem } from 'node:os'
import { describe, expect, it } from 'vitest'
import { hosts } from '../../../src/core/hosts.ts'
import { findNotJson } from '../../../src/core/json.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { readFacts } from '../../../src/operations/remote/facts/read.ts'
import { factsSchema } from '../../../src/operations/remote/facts/schema.ts'
import { readSources } from '../../../src/operations/remote/facts/sources.ts'
import { readVirtualization } from '../../../src/operations/remote/facts/virtualization.ts'
import { facts } from '../../../src/operations/remote/index.ts'
import { carryOut } from '../../fakes/carry-out.ts'
import { fakeHosts } from '../../fakes/hosts.ts'
import { localShell } from '../../fakes/local-shell.ts'
import fc from '../../support/fast-check.ts'
import { scratch } from './scratch.ts'

const foo = hosts(['foo'])

function read(name: string): string {
  return readFileSync(new URL(`facts/${name}`, import.meta.url), 'utf8')
}

describe('what hosts say is understood', () => {
  it.each(['debian', 'alpine', 'macos', 'hostile', 'mute'])('%s', name => {
    expect(readFacts(read(`${name}.txt`))).toEqual(JSON.parse(read(`${name}.json`)))
  })

  it('asks once, and changes nothing', async () => {
    const hosts = fakeHosts(() => ({ stdout: read('debian.txt') }))
    const outcome = await carryOut(facts(foo), { hosts })
    expect(outcome.successful[0]?.value.hostname).toBe('foo')
    expect(hosts.calls).toMatchObject([{ does: 'exec', command: ['sh', '-s'] }])
  })

  it.each([
    ['vendor QEMU', 'qemu'],
    ['vendor Red Hat\nproduct KVM', 'kvm'],
    ['vendor Amazon EC2\nproduct t3.micro', 'amazon'],
    ['vendor VMware, Inc.\nproduct VMware7,1', 'vmware'],
    ['vendor Microsoft Corporation\nproduct Virtual Machine', 'microsoft'],
    ['vendor Microsoft Corporation\nproduct Surface Laptop', null],
    ['hypervisor-type xen', 'xen'],
    ['detect-virt none\nvendor Dell Inc.', 'none'],
    ['detect-virt lxc\nvendor QEMU', 'lxc'],
    ['container podman\nvendor QEMU', 'podman'],
    ['vendor Somebody\nhypervisor yes', 'vm-other'],
    ['guest 1', 'vm-other'],
    ['guest 0', 'none'],
    ['vendor Dell Inc.\nproduct PowerEdge', null],
  ])('%j runs in %s', (said, virtualization) => {
    expect(readVirtualization(readSources(`reops-facts\n${said}\n`))).toBe(virtualization)
  })
})

describe('a host that can not be believed', () => {
  const sources = [
    'hostname',
    'system',
    'release',
    'cpus',
    'df',
    'ip',
    'ifconfig',
    'memory',
    'uptime',
    'boot-time',
    'now',
  ]
  const piece = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '/dev/sda1 9 9 9 9% /',
      'NAME="',
      'inet6 ::ffff:1.2.3.4/9',
      'inet addr: ::',
      'MemTotal: 9 kB',
      '-1',
      '9e9',
    ),
    fc.bigInt({ min: 0n }).map(String),
  )
  const line = fc
    .tuple(fc.constantFrom(...sources, '__proto__', ''), fc.array(piece, { maxLength: 4 }))
    .map(([source, pieces]) => `${source} ${pieces.join(' ')}`)

  it('still gives facts that fit, whatever it prints', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), lines => {
        const found = readFacts(['reops-facts', ...lines].join('\n'))
        expect(factsSchema.parse(found)).toEqual(found)
        expect(findNotJson(found)).toBeUndefined()
        expect(JSON.stringify(found)).not.toMatch(/\\u00[01]/)
      }),
      { numRuns: 500 },
    )
  })

  it('is not read without end', () => {
    const endless = `reops-facts\n${'df /dev/sda1 10 5 5 50% /x\n'.repeat(50_000)}`
    expect(readFacts(endless).disks!.length).toBeLessThan(5_000)
    expect(readFacts(`reops-facts\nhostname ${'x'.repeat(1_000_000)}\n`).hostname).toBeNull()
  })

  it('fails by itself when it has no POSIX shell', async () => {
    const stdout = 'Welcome to the switch. Unknown command: sh\n'
    expect(() => readFacts(stdout)).toThrow(HostTrouble)
    const outcome = await carryOut(facts(hosts(['foo', 'switch'])), {
      hosts: fakeHosts(({ host }) => ({ stdout: host === 'foo' ? read('debian.txt') : stdout })),
    })
    expect(outcome.successful.map(success => success.host)).toEqual(['foo'])
    expect(outcome.failure).toMatchObject([{ host: 'switch', code: 'exception', detail: { stdout } }])
  })
})

describe('this machine', () => {
  it('knows itself', async () => {
    const outcome = await carryOut(facts(foo), { hosts: localShell({ folder: await scratch() }) })
    const found = outcome.successful[0]!.value
    expect(found.hostname).toBe(hostname())
    expect(found.cpu.count).toBeGreaterThan(0)
    expect(found.uptimeSeconds).toBeGreaterThan(0)
    expect(found.memory.totalBytes! / totalmem()).toBeCloseTo(1, 1)
    expect(found.disks?.map(disk => disk.mount)).toContain('/')
    expect(found.os).toMatchObject({ name: expect.any(String), kernel: expect.any(String) })
  })
})
