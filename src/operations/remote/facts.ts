import * as z from 'zod'
import { hostOperation } from '../../core/operation/host-operation.ts'
import { requireExit } from './exit-status.ts'
import { readFacts } from './facts/read.ts'
import { factsScript } from './facts/script.ts'
import { shellInput } from './shell-input.ts'

/**
 * Asks every host what it is, in one round trip and without any right or program beyond a POSIX shell's: hostname,
 * os, arch, cpu, memory, disks, addresses, uptime, virtualization. Sizes are bytes. What a host doesn't say, or says
 * in a way that can't be true, is `null`; a `null` is never a guess. Loopback and link-local addresses are left
 * out, and so are file systems in memory.
 *
 * @example
 * await run(pipe(facts(closet), pick(r => r.ok && (r.value.memory.totalBytes ?? 0) > 8e9), pretty()))
 */
export const facts = hostOperation({
  name: 'facts',
  effect: 'read',
  schema: z.strictObject({}),
  args: () => ({}),
  each: async host =>
    readFacts(requireExit(await host.exec(['sh', '-s'], { stdin: shellInput(factsScript) })).stdout),
})
