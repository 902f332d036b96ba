import * as z from 'zod'

/**
 * Who keeps a trigger (a schedule, a watch, a webhook, a switch) and where what it starts executes: the daemon of this
 * project, or what `reops deploy` makes in AWS. One of both, so that nothing is done twice.
 */
export const runsSchema = z.enum(['daemon', 'cloud'])

export type Runs = z.output<typeof runsSchema>

/** Those of some triggers that are kept there; what does not say where is where the configuration says. */
export function runningIn<T>(
  where: Runs,
  triggers: ReadonlyMap<string, T>,
  said: (trigger: T) => Runs | undefined,
  config: { readonly runs: Runs },
): ReadonlyMap<string, T> {
  return new Map([...triggers].filter(([, trigger]) => (said(trigger) ?? config.runs) === where))
}
