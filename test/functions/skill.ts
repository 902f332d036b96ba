import type { StatesFake } from '../fakes/aws/states.ts'
import type { Aws } from '../fakes/aws/wire.ts'
import type { Bundles } from '../support/lambda/bundles.ts'
import { openFunction, type RunningFunction } from '../support/lambda/function.ts'
import { environmentOf } from './lab.ts'

export const skillId = 'amzn1.ask.skill.01234567-89ab-cdef-0123-456789abcdef'

/** The skill's function as a deployment makes it, over the machines of a fake. */
export async function openSkill(bundles: Bundles, aws: Aws, states: StatesFake): Promise<RunningFunction> {
  const { folder } = await bundles.of('alexa')
  return openFunction({
    folder,
    environment: {
      ...environmentOf(aws, { aws: { alexa: { skillId } } }),
      REOPS_MACHINES: states.arnOf('re-ops-'),
    },
  })
}
