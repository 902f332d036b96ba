import type { Context } from 'aws-lambda'
import { readFunctionEnvironment } from '../../src/run/deploy/function-environment.ts'
import { wirePrices } from '../../src/run/prices.ts'
import { findInFlows } from '../shared/find.ts'
import { type Handler, serve } from '../shared/serve.ts'
import { cloudSystems } from '../shared/systems.ts'
import { serveTasks } from '../shared/tasks.ts'
import { isEvent, readSignal } from './signal.ts'
import { writeDown } from './write-down.ts'

const tasks = serveTasks(({ settings }) => ({ find: findInFlows(), prices: wirePrices(settings.aws) }))

let systems: ReturnType<typeof cloudSystems> | undefined

const signals = serve(async (event, { signal, deadline }) => {
  systems ??= cloudSystems(readFunctionEnvironment(process.env))
  return writeDown(readSignal(event), { store: await systems.store(), signal, deadline })
})

/** Tells what spot capacity costs, and writes down what EC2 says of spot instances with the systems that they are. */
export const handler: Handler = (event: unknown, context: Context) =>
  isEvent(event) ? signals(event, context) : tasks(event, context)
