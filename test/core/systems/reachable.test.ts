import { expect, test } from 'vitest'
import { reachable } from '../../../src/core/systems/reachable.ts'

test.each(['10.0.0.5', '192.168.122.7', '172.16.0.1', '8.8.8.8', '2001:db8::5', 'fd42:1::1', 'FD00::1'])(
  'a machine may be reached at %s',
  address => expect(reachable(address)).toBe(true),
)

/** What a guest may claim, so that we would log in to ourselves, to nobody, or to something that is no address at all. */
test.each([
  '127.0.0.1',
  '0.0.0.0',
  '169.254.1.1',
  '224.0.0.1',
  '255.255.255.255',
  '::1',
  '::',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:7f00:1',
  '64:ff9b::7f00:1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  '2001:db8::1%-oProxyCommand',
  '-oProxyCommand=touch /tmp/x',
  '10.0.0.5\n',
  '10.0.0.5 -oProxyCommand=x',
  '010.0.0.1',
  'big-iron',
  '',
])('and never at %j', address => expect(reachable(address)).toBe(false))
