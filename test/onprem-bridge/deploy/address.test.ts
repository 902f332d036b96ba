import { expect, test } from 'vitest'
import { agentsAddress } from '../../../onprem-bridge/deploy/address.ts'

test.each([
  ['what is said', { agentsUrl: 'tcp://closet.lan:9' }, 'tcp://*:5761', 'tcp://closet.lan:9'],
  ['where it listens', {}, 'tcp://10.0.0.5:5761', 'tcp://10.0.0.5:5761'],
  [
    'the name by which commands reach it',
    { url: 'tcp://closet.lan:5760' },
    'tcp://0.0.0.0:5761',
    'tcp://closet.lan:5761',
  ],
  ['an address of IPv6', { url: 'tcp://[fd00::1]:5760' }, 'tcp://[::]:5761', 'tcp://[fd00::1]:5761'],
])('agents dial %s', (_what, bridge, endpoint, url) => {
  expect(agentsAddress(bridge, endpoint)).toBe(url)
})

test.each([
  ['every address', {}, 'tcp://*:5761', /bridge\.agentsUrl, such as tcp:\/\/closet\.lan:5761/],
  ['a relay', { url: 'tcp://relay.lan:5762', relayKey: 'k' }, 'tcp://*:5761', /bridge\.agentsUrl/],
  ['nothing yet', {}, undefined, /no agents yet/],
])('a bridge that is known by %s says that it can not be known', (_what, bridge, endpoint, words) => {
  expect(() => agentsAddress(bridge, endpoint)).toThrow(words)
  expect(() => agentsAddress(bridge, endpoint)).toThrow(expect.objectContaining({ name: 'InvalidConfig' }))
})
