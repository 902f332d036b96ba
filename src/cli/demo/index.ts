import { configuredGroups, loadConfig } from '../../run/config.ts'
import { loadFlows } from '../../run/flows.ts'
import type { CommandContext } from '../context.ts'
import { holdPrompt, isInteractive } from '../repl/session.ts'
import { welcome } from '../repl/welcome.ts'
import { styleFor } from '../session/printer.ts'
import { openDemoCloset } from './closet.ts'
import { watchInterruption } from './interruption.ts'
import { firstLines } from './steps.ts'
import { showTour } from './tour.ts'
import { opening, verdict, whenClosed, whileOpen } from './words.ts'

/** Shows a newcomer what this is, over hosts that are there for nothing else. */
export async function showDemo(context: CommandContext): Promise<number> {
  using interruption = watchInterruption(context)
  const style = styleFor(context, context.stdout)
  context.stdout.write(opening(style))
  await using closet = await openDemoCloset()
  const { config } = closet
  // Whatever bridge is used otherwise knows nothing of these hosts.
  const alone = { ...context, env: { ...context.env, REOPS_BRIDGE: undefined } }
  const surprises = await showTour(alone, { config, signal: interruption.signal })
  if (interruption.status !== undefined) return interruption.status
  context.stdout.write(verdict(surprises, config, context.cwd, style))
  if (!isInteractive(context)) {
    context.stdout.write(whenClosed())
    return surprises.length === 0 ? 0 : 1
  }
  context.stdout.write(whileOpen(config, context.cwd, style))
  const loaded = await loadConfig(config)
  const parts = { loaded, groups: configuredGroups(loaded), flows: await loadFlows(loaded) }
  context.stdout.write(welcome(parts, context, [...firstLines]))
  const status = await holdPrompt(context, parts)
  await closet.close()
  // What was left running at the prompt, such as a timer, would keep the process.
  context.exit(status)
  return status
}
