import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { loadConfig } from '../../src/run/config.ts'
import { startDaemon } from '../../src/run/daemon/daemon.ts'
import { project, root } from '../cli/harness.ts'
import { fakeProvider } from '../fakes/provider.ts'
import { startMosquitto } from '../lab/mosquitto.ts'
import { needs } from '../support/needs.ts'
import { recordingHosts, soon } from './house.ts'

/** The shipped flow, by a watch that waits for nothing: a daemon's time is the machine's. */
const flows = `
import { watch } from 're-ops'
import { closetTemperature, stopCloset } from ${JSON.stringify(path.join(root, 'flows/closet.ts'))}
export { closetTemperature, stopCloset }
export const hotNow = watch('hot-now', { sensor: closetTemperature, when: celsius => celsius > 70, on: 'edge', flow: stopCloset })
`

test('a daemon that hears of heat shuts hosts down', {
  ...needs('mosquitto', 'sshd'),
  timeout: 60_000,
}, async () => {
  const hosts = await recordingHosts(['iron-1', 'iron-2'])
  onTestFinished(hosts.close)
  const mosquitto = await startMosquitto()
  onTestFinished(mosquitto.close)
  const { lab, record } = hosts
  const folder = await project({
    'flows/index.ts': flows,
    'reops.config.ts': `export default ${JSON.stringify({
      hosts: Object.fromEntries(
        lab.hosts.map(({ name, address, port }) => [name, { address, port, key: lab.key }]),
      ),
      ssh: { config: false, agent: false, knownHosts: [lab.knownHosts], connectTimeout: 2 },
      broker: { url: mosquitto.url },
      daemon: { metrics: false, drain: 20 },
    })}\n`,
  })
  const said: string[] = []
  const providers = Object.fromEntries(
    ['kvm', 'lxd', 'physical'].map(name => [name, () => fakeProvider({ name })]),
  )
  const daemon = await startDaemon({
    loaded: await loadConfig(path.join(folder, 'reops.config.ts')),
    say: text => void said.push(text),
    providers,
  })
  try {
    const client = await mosquitto.client()
    await vi.waitFor(() => expect(daemon.status().sensors).toMatchObject({ connected: true }), soon)
    await client.publishAsync('closet/temperature', '68', { qos: 1 })
    await client.publishAsync('closet/temperature', '"hot"', { qos: 1 })
    await client.publishAsync('closet/temperature', '74.5', { qos: 1 })
    await vi.waitFor(
      async () => expect((await record()).sort()).toEqual(['iron-1 poweroff', 'iron-2 poweroff']),
      soon,
    )
    await Promise.all(lab.hosts.map(host => host.kill()))
    await vi.waitFor(() => expect(daemon.status().executor).toMatchObject({ count: 0, succeeded: 1 }), soon)
  } finally {
    await daemon.end()
  }
})
