import { execFile } from 'node:child_process'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { canSegment } from '../../lab/segment/can-segment.ts'

const network = [
  'ip link set lo up',
  'ip link add one type veth peer name two',
  'ip addr add 10.9.0.1/24 dev one',
  'ip link set one up',
  'ip link set two up',
  'ip route add 224.0.0.0/4 dev one',
  'exec "$0" "$1"',
].join(' && ')

test('switches are found by multicast at port 1900 and worked by a WeMo client', canSegment(), async () => {
  const script = path.join(import.meta.dirname, 'inside.ts')
  const { stdout } = await promisify(execFile)(
    'unshare',
    ['-n', '-p', '--fork', '--kill-child', 'sh', '-c', network, process.execPath, script],
    { timeout: 20_000 },
  )
  expect(JSON.parse(stdout)).toMatchObject({
    found: ['big closet', 'plex'],
    state: '1',
    started: 1,
    searchPort: 1_900,
    served: [{ name: 'plex' }, { name: 'big closet' }],
  })
})
