import path from 'node:path'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { onTestFinished, vi } from 'vitest'
import { sdkConfig } from '../../../../src/core/aws.ts'
import { loadConfig } from '../../../../src/run/config.ts'
import { startDaemon } from '../../../../src/run/daemon/daemon.ts'
import { project } from '../../../cli/harness.ts'
import { eventsService } from '../../../fakes/aws/events.ts'
import { awsEnvironment, startAws } from '../../../fakes/aws/wire.ts'
import { type Mosquitto, startMosquitto } from '../../../lab/mosquitto.ts'
import { hurrySdk } from '../../../support/hurry-sdk.ts'

await hurrySdk(new EventBridge(sdkConfig({ region: 'eu-central-1' })))

const flows = `
import { flow, pretty, sensor, watch } from 're-ops'
import * as z from 'zod'
export const report = flow({ input: z.strictObject({}), steps: pretty() })
export const heat = sensor('closet/temperature')
export const rooms = sensor('rooms/+', { name: 'rooms', combine: 'max' })
export const fan = sensor('closet/fan')
export const hot = watch('hot', { sensor: heat, when: v => v > 70, clears: v => v < 60, runs: 'cloud', flow: report })
export const warm = watch('warm', { sensor: rooms, when: v => v > 30, runs: 'cloud', flow: report })
export const still = watch('still', { sensor: fan, when: v => v < 1, flow: report })
`

/** A broker, the AWS that watches are kept in, and a daemon between the two, as often as it is started. */
export async function house({ buses = ['re-ops'], metrics = false as string | false } = {}) {
  for (const [name, value] of Object.entries({ ...awsEnvironment, AWS_PROFILE: undefined }))
    vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const broker: Mosquitto = await startMosquitto()
  onTestFinished(() => broker.close())
  const events = eventsService(...buses)
  const aws = await startAws(events)
  onTestFinished(() => aws.end())
  const folder = await project({
    'flows/index.ts': flows,
    'reops.config.ts': `export default ${JSON.stringify({
      broker: { url: broker.url },
      aws: { region: 'eu-central-1', endpoints: { events: aws.endpoint } },
      daemon: { metrics, drain: 0 },
    })}\n`,
  })
  const loaded = await loadConfig(path.join(folder, 'reops.config.ts'))
  const client = await broker.client()

  return {
    aws,
    events,
    loaded,
    /** What AWS was told of a sensor, in its order. */
    told: (sensor: string) =>
      events.events
        .filter(one => one.detail.sensor === sensor)
        .map(({ detail }) => detail.value ?? detail.reason),
    says: (topic: string, value: unknown) => client.publishAsync(topic, String(value), { qos: 1 }),
    /** Starts a daemon, and waits until it hears the broker. */
    async up() {
      const said: string[] = []
      const daemon = await startDaemon({ loaded, say: text => void said.push(text) })
      let ended: Promise<void> | undefined
      const end = () => {
        ended ??= daemon.end()
        return ended
      }
      onTestFinished(end)
      const forward = () => daemon.status().forward!
      await vi.waitFor(() => {
        if (daemon.status().sensors?.connected !== true) throw new Error('it does not hear the broker')
      }, soon)
      return { daemon, said, end, forward }
    },
  }
}

export const soon = { timeout: 15_000, interval: 20 }
