import { stripVTControlCharacters } from 'node:util'
import { paint } from '../../operations/output/format/index.ts'
import type { Command } from '../command.ts'
import { everywhere } from '../common-flags.ts'
import type { CommandContext, Output } from '../context.ts'
import { parseCommandLine } from '../parse.ts'
import { reportError } from '../report-error.ts'
import { styleFor } from '../session/printer.ts'
import { pasteable, wordsOf } from './command-line.ts'
import { type DemoStep, demoSteps } from './steps.ts'

/** The commands that the steps call, loaded as the command line loads them. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: () => import('../commands/run.ts'),
  exec: () => import('../commands/exec.ts'),
  plan: () => import('../commands/plan.ts'),
}

/** Ctrl-C or SIGTERM came: what is left of the tour is not shown. */
export interface TourOptions {
  readonly config: string
  readonly signal: AbortSignal
}

/**
 * Runs every step through the command's own code, saying each as a person would type it. Answers the steps that did
 * not end as they should.
 */
export async function showTour(
  context: CommandContext,
  { config, signal }: TourOptions,
): Promise<DemoStep[]> {
  const surprises: DemoStep[] = []
  for (const step of demoSteps) {
    if (signal.aborted) break
    const style = styleFor(context, context.stdout)
    context.stdout.write(
      `\n${step.says}\n${paint('dim', '$', style)} ${paint('cyan', pasteable(step, config, context.cwd), style)}\n`,
    )
    const recorded = record(context.stdout)
    const status = await call(step, config, { ...context, stdout: recorded.output })
    const { expect } = step
    if (status !== expect.status || !recorded.text().includes(expect.output)) surprises.push(step)
  }
  return surprises
}

async function call(step: DemoStep, config: string, context: CommandContext): Promise<number> {
  const [name = '', ...words] = wordsOf(step, config)
  try {
    const command = await commands[name]!()
    return await command.run(context, parseCommandLine(name, words, { ...command.options, ...everywhere }))
  } catch (error) {
    return reportError(error, context)
  }
}

/** The same stream, whose text is kept as well. */
function record(stream: Output): { output: Output; text(): string } {
  let text = ''
  const output = Object.create(stream, {
    write: {
      value: (chunk: string) => {
        text += chunk
        return stream.write(chunk)
      },
    },
  }) as Output
  return { output, text: () => stripVTControlCharacters(text) }
}
