import { exec, flow, hosts, nohup, pipe, pretty, sensor, watch } from 're-ops'
import * as z from 'zod'

const miners = hosts({ user: 'miner' }, ['miner-1', 'miner-2'])

export const solarPower = sensor('solar/power', z.number().min(0).max(100_000), { maxAge: '5m', unit: 'W' })

export const startMining = flow({
  description: 'start the miners that do not run yet',
  input: z.strictObject({}),
  steps: pipe(nohup(miners, 'pgrep -x xmrig >/dev/null || exec xmrig --config=/etc/xmrig.json'), pretty()),
})

export const stopMining = flow({
  description: 'stop the miners',
  input: z.strictObject({}),
  // 1 says that none runs.
  steps: pipe(exec(miners, ['pkill', '-x', 'xmrig'], { ok: [0, 1] }), pretty()),
})

/** A cloud is no evening: it has to be sunny for ten minutes, and over for as long as no miner starts again. */
export const sunny = watch('sunny', {
  sensor: solarPower,
  when: watts => watts > 10_000,
  on: 'edge',
  for: '10m',
  clears: watts => watts < 8_000,
  cooldown: '10m',
  flow: startMining,
  onClear: stopMining,
})
