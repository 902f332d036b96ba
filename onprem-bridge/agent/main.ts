/**
 * The agent's program: `node agent.mjs <options.json>`. It is bundled into one file, beside which only zeromq's own
 * native module is needed. Its parts: options.ts reads the file, program.ts dials the bridge, agent.ts is the agent.
 *
 * 1. It logs one JSON object a line on stdout, and never a secret key or a token.
 * 2. SIGTERM and SIGINT drain it; a second one ends it at once.
 * 3. It exits with 0 when it was stopped, with 2 for options that don't fit, and with 3 when the bridge refuses it.
 */
import { ReopsError } from '../../src/core/errors.ts'
import { readAgentOptions } from './options.ts'
import { runAgent } from './program.ts'

async function main(named: string | undefined): Promise<number> {
  if (named === undefined) {
    process.stderr.write('usage: node agent.mjs <options.json>\n')
    return 2
  }
  const options = readAgentOptions(named)
  const ending = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(0)
      ending.abort()
    })
  const tell = (event: object) =>
    process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`)
  return runAgent(options, { signal: ending.signal, tell })
}

try {
  process.exitCode = await main(process.argv[2])
} catch (error) {
  const words = error instanceof ReopsError ? error.message : error instanceof Error ? error.stack : error
  process.stderr.write(`${words}\n`)
  process.exitCode = 2
}
process.exit()
