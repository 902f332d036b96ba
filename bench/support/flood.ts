import { spawn } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

export interface Flood {
  readonly url: string
  readonly topic: string
  readonly seconds: number
  /** Messages a second. */
  readonly rate: number
}

/** Publishes numbers from 0 to 59 by a process of its own, so that it takes no time of what is measured. Answers how many it sent. */
export async function publishFlood({ url, topic, seconds, rate }: Flood): Promise<number> {
  const program = `
    import mqtt from 'mqtt'
    const client = mqtt.connect(${JSON.stringify(url)})
    await new Promise(resolve => client.once('connect', resolve))
    const began = performance.now()
    let sent = 0
    while (performance.now() - began < ${seconds * 1_000}) {
      for (const due = (performance.now() - began) * ${rate / 1_000}; sent < due; sent++)
        client.publish(${JSON.stringify(topic)}, String(sent % 60))
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    await client.endAsync()
    console.log(sent)`
  const publisher = spawn(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    publisher.once('error', reject)
    publisher.stdout.once('data', data => resolve(Number(String(data))))
  })
}
