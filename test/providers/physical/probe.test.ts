import { expect, test } from 'vitest'
import type { Host } from '../../../src/core/hosts.ts'
import { HostTrouble } from '../../../src/core/ports.ts'
import { answerIn } from '../../../src/providers/physical/ssh/probe.ts'
import { freePort, hangingServer, sayingServer } from '../../lab/servers.ts'
import { startLab } from '../../lab/sshd.ts'
import { needs } from '../../support/needs.ts'
import { reach, troubleOf } from '../../transports/ssh/reach.ts'

const connection = (errno?: string) => ({
  stage: 'connection',
  ...(errno === undefined ? {} : { errno }),
})

test.each([
  ['nothing comes back in time', 'unreachable', connection(), 'silent'],
  ['nobody has its address', 'unreachable', connection('EHOSTUNREACH'), 'silent'],
  ['it refuses the connection', 'unreachable', connection('ECONNREFUSED'), 'closed'],
  ['its sshd hangs', 'unreachable', { stage: 'identification' }, 'closed'],
  ['its name does not resolve', 'unreachable', connection('ENOTFOUND'), 'unsure'],
  ['we are on no network', 'unreachable', connection('ENETUNREACH'), 'unsure'],
  ['a firewall of ours is in the way', 'unreachable', connection('EACCES'), 'unsure'],
  ['it refuses our key', 'auth', {}, 'locked'],
  ['it has another host key', 'host-key', {}, 'stranger'],
  ['its jump host refuses our key', 'auth', { jump: 'gate' }, 'unsure'],
  ['its jump host does not answer', 'unreachable', { ...connection(), jump: 'gate' }, 'unsure'],
  ['the command took too long', 'timeout', {}, 'unsure'],
  ['the connection broke', 'unknown', {}, 'unsure'],
] as const)('%s: that says no more than it does', (_, code, detail, answer) => {
  expect(answerIn(new HostTrouble(code, 'trouble', { detail }))).toBe(answer)
})

test.each([
  ['Connection refused', 'closed'],
  ['No route to host', 'silent'],
  ['Connection timed out', 'silent'],
  ['Name or service not known', 'unsure'],
  ['administratively prohibited', 'unsure'],
] as const)('a jump host that says %s', (words, answer) => {
  const cause = new Error(`(SSH) Channel open failure: ${words}`)
  const trouble = new HostTrouble('unreachable', 'does not lead there', { detail: { jump: 'gate' }, cause })
  expect(answerIn(trouble)).toBe(answer)
})

test('real servers and real silence are told apart', needs('sshd'), async () => {
  const lab = await startLab([
    { name: 'refusing', is: 'refusing' },
    { name: 'changed', is: 'changed' },
    { name: 'down', is: 'down' },
    { name: 'gate' },
  ])
  const [hanging, strange] = [await hangingServer(), await sayingServer('220 mail.example ESMTP\r\n', true)]
  const ssh = await reach(lab)
  const { signal } = new AbortController()
  const answerOf = async (host: Host, timeout?: number) =>
    answerIn(await troubleOf(ssh.transport.open(host, { signal, timeout })))
  try {
    expect(await answerOf({ name: 'refusing' })).toBe('locked')
    expect(await answerOf({ name: 'changed' })).toBe('stranger')
    expect(await answerOf({ name: 'down' })).toBe('closed')
    const at = (port: number) => ({ name: 'other', address: '127.0.0.1', port })
    expect(await answerOf(at(hanging.port), 500)).toBe('closed')
    expect(await answerOf(at(strange.port))).toBe('closed')
    expect(await answerOf({ ...at(await freePort()), jump: ['gate'] })).toBe('closed')
    expect(await answerOf({ name: 'nobody.invalid' })).toBe('unsure')
  } finally {
    await ssh.close()
    await Promise.all([hanging.stop(), strange.stop()])
    await lab.stop()
  }
})
