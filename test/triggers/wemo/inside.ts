// Runs in a network of its own: serves switches as they are at home, finds them by multicast and works one.

import { wemoSettingsSchema } from '../../../src/core/wemo/settings.ts'
import { wemo } from '../../../src/core/wemo.ts'
import { discoverWemos } from './client.ts'
import { openScene, plexOff, plexOn } from './scene.ts'

const settings = wemoSettingsSchema.parse({})
const devices = ['plex', 'big closet'].map(name => wemo(name, { on: plexOn, off: plexOff }))
const { switches, started } = await openScene(devices, { settings, portOf: undefined })
const found = await discoverWemos(devices.length)
const plex = found.get('plex')!
await plex.set(1)
const { searchPort, devices: served } = switches.status()
const told = {
  found: [...found.keys()].sort(),
  state: await plex.get(),
  started: started.length,
  searchPort,
  served,
}
process.stdout.write(JSON.stringify(told))
process.exit(0)
