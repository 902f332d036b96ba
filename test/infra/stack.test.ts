import { afterAll, beforeAll, vi } from 'vitest'
import { alarmTests } from './parts/alarms.ts'
import { skillTests } from './parts/alexa.ts'
import { bridgeTests } from './parts/bridge.ts'
import { dataTests } from './parts/data.ts'
import { functionTests } from './parts/functions.ts'
import { guardTests } from './parts/guards.ts'
import { machineTests } from './parts/machines.ts'
import { readingsTests } from './parts/readings.ts'
import { scheduleTests } from './parts/schedules.ts'
import { switchesTests } from './parts/switches.ts'
import { watchTests } from './parts/watches.ts'
import { webhookTests } from './parts/webhooks.ts'
import { everything } from './project.ts'
import { type Synthesised, synthesise } from './synth.ts'

// The CDK and its checkers take seconds to load, and more beside other tests: one synthesis is looked at by all.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

let made: Synthesised
const all = () => made

beforeAll(async () => {
  made = await synthesise(everything)
})
afterAll(() => made?.end())

functionTests(all)
bridgeTests(all)
machineTests(all)
dataTests(all)
scheduleTests(all)
readingsTests(all)
switchesTests(all)
alarmTests(all)
skillTests(all)
webhookTests(all)
watchTests(all)
guardTests(all)
