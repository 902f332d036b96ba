import { neutraliseLine, paint } from '../../../operations/output/format/index.ts'
import { openAws } from '../../../run/aws/clients.ts'
import { withoutColor } from '../../color.ts'
import type { Args } from '../../command.ts'
import type { CommandContext } from '../../context.ts'
import { given } from '../../parse.ts'
import { configuration } from '../../session/configuration.ts'
import { styleFor } from '../../session/printer.ts'
import { lookAtAws } from './aws.ts'
import type { Check, Verdict } from './check.ts'
import { lookAtBridge, lookAtConfiguration, lookAtFlows, lookAtNode } from './local.ts'

const tones = { ok: 'green', warn: 'yellow', fail: 'red', 'left out': 'dim' } as const satisfies Record<
  Verdict,
  string
>

/** Looks at all that running and deploying needs, and prints how each stands. Answers 1 where something is wrong. */
export async function examine(context: CommandContext, args: Args): Promise<number> {
  const loaded = await configuration(context, args)
  const aws = openAws(loaded.config.aws)
  try {
    const { check, flows } = await lookAtFlows(loaded)
    const local = [await lookAtNode(), await lookAtConfiguration(loaded), check]
    const [bridge, cloud] = await Promise.all([lookAtBridge(loaded), lookAtAws(aws, loaded, flows)])
    const checks = [...local, bridge, ...cloud]
    const healthy = checks.every(({ verdict }) => verdict !== 'fail')
    context.stdout.write(
      given(args, 'json')
        ? `${JSON.stringify({ healthy, checks }, null, 2)}\n`
        : linesOf(context, args, checks).join(''),
    )
    return healthy ? 0 : 1
  } finally {
    aws.close()
  }
}

function linesOf(context: CommandContext, args: Args, checks: readonly Check[]): string[] {
  const own = given(args, 'no-color') ? withoutColor(context) : context
  const style = styleFor(own, own.stdout)
  const widest = Math.max(...checks.map(({ name }) => name.length))
  return checks.flatMap(({ name, verdict, text, fix }) => [
    `${paint(tones[verdict], verdict.padEnd(8), style)}  ${name.padEnd(widest)}  ${neutraliseLine(text)}\n`,
    ...(fix === undefined ? [] : [`${' '.repeat(10)}${' '.repeat(widest)}  → ${neutraliseLine(fix)}\n`]),
  ])
}
