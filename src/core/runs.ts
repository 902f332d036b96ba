import * as z from 'zod'

/**
 * Who keeps a trigger (a schedule, a watch, a webhook, a switch) and where what it starts executes: the daemon of this
 * project, or what `reops deploy` makes in AWS. One of both, so that nothing is done twice.
 */
export const runsSchema = z.enum(['daemon', 'cloud'])

export type Runs = z.output<typeof runsSchema>

/** Who keeps a trigger: what does not say it itself is where the configuration says. */
export function keeperOf(said: Runs | undefined, { runs }: { readonly runs: Runs }): Runs {
  return said ?? runs
}

/** Those of some triggers that are kept there. */
export function runningIn<T>(
  where: Runs,
  triggers: ReadonlyMap<string, T>,
  said: (trigger: T) => Runs | undefined,
  config: { readonly runs: Runs },
): ReadonlyMap<string, T> {
  return new Map([...triggers].filter(([, trigger]) => keeperOf(said(trigger), config) === where))
}
