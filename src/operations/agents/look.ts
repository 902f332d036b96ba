import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { quote } from '../../core/quote.ts'
import { path } from '../remote/arguments.ts'
import { type AgentOptions, agentOptions, byAgent, justOptions } from './options.ts'
import { readAnswer } from './read-answer.ts'
import { filesSchema, packagesSchema, processesSchema, servicesSchema, statsSchema } from './schemas.ts'

/**
 * Asks the agents for a sign of life; nothing is executed on their hosts. `ms` is the way there and back from who executes
 * the step, in milliseconds.
 *
 * @example
 * await run(pipe(pingAgents(closet), pick(failed), pretty()))
 */
export const pingAgents = hostOperation({
  name: 'ping-agents',
  effect: 'read',
  schema: justOptions,
  args: (options: AgentOptions = {}) => ({ options }),
  ...byAgent,
  each: async (host, _args, { clock }) => {
    const began = clock.now()
    await host.call('ping', {})
    return { ms: clock.now() - began }
  },
})

/**
 * Asks the agents what their hosts are doing: processor, memory, disks, network, load, temperatures. It goes by the
 * agent, whatever transport the hosts name.
 *
 * @example
 * await run(pipe(stats(closet), pick(r => r.ok && r.value.load.one > 4), pretty()))
 */
export const stats = hostOperation({
  name: 'stats',
  effect: 'read',
  schema: justOptions,
  args: (options: AgentOptions = {}) => ({ options }),
  ...byAgent,
  each: async host => readAnswer(statsSchema, await host.call('stats', {})),
})

/**
 * Lists the processes of every host, by its agent.
 *
 * @example
 * await run(pipe(listProcesses(closet), map(all => all.filter(one => one.cpuSeconds > 600)), pretty()))
 */
export const listProcesses = hostOperation({
  name: 'processes',
  effect: 'read',
  schema: justOptions,
  args: (options: AgentOptions = {}) => ({ options }),
  ...byAgent,
  each: async host => readAnswer(processesSchema, await host.call('processes', {})),
})

/**
 * Lists what is in a folder of every host, by its agent. A relative path starts at the home of the agent's user.
 *
 * @example
 * await run(pipe(listFiles(closet, '/var/log'), pretty()))
 */
export const listFiles = hostOperation({
  name: 'files',
  effect: 'read',
  schema: z.strictObject({ path, options: z.strictObject(agentOptions).prefault({}) }),
  args: (path: string, options: AgentOptions = {}) => ({ path, options }),
  describe: args => quote(['files', args.path]),
  ...byAgent,
  each: async (host, { path }) => readAnswer(filesSchema, await host.call('files', { path })),
})

/**
 * Lists the services of every host, by its agent. A host without systemd fails with code `refused`.
 *
 * @example
 * await run(pipe(listServices(closet), map(all => all.filter(one => one.active === 'failed')), pretty()))
 */
export const listServices = hostOperation({
  name: 'services',
  effect: 'read',
  schema: justOptions,
  args: (options: AgentOptions = {}) => ({ options }),
  ...byAgent,
  each: async host => readAnswer(servicesSchema, await host.call('services', {})),
})

/**
 * Lists the packages of every host, by its agent and by dpkg, rpm or apk, whichever is there.
 *
 * @example
 * await run(pipe(listPackages(closet), map(({ packages }) => packages.length), pretty()))
 */
export const listPackages = hostOperation({
  name: 'installed',
  effect: 'read',
  schema: justOptions,
  args: (options: AgentOptions = {}) => ({ options }),
  ...byAgent,
  each: async host => readAnswer(packagesSchema, await host.call('packages', {})),
})
