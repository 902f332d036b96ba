import ssh2 from 'ssh2'
import { expect, test } from 'vitest'
import { generateKey, knownHostsLine } from '../../../../src/transports/ssh/closet/keys.ts'

test('every generated key can be read back and verifies what it signs', () => {
  // ssh2 alone gets about one in five hundred wrong.
  const usable = Array.from({ length: 1500 }, () => generateKey('test')).filter(pair => {
    const [secret, shown] = [ssh2.utils.parseKey(pair.private), ssh2.utils.parseKey(pair.public)]
    return (
      !(secret instanceof Error || shown instanceof Error) && shown.verify('a', secret.sign('a')) === true
    )
  })
  expect(usable).toHaveLength(1500)
})

test('a line of known_hosts names the host by address and by name, and has no comment', () => {
  expect(knownHostsLine('foo', 22022, 'ssh-ed25519 AAAA comment')).toBe(
    '[127.0.0.1]:22022,[foo]:22022 ssh-ed25519 AAAA\n',
  )
})
