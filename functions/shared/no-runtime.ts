import { InvalidConfig } from '../../src/core/errors.ts'
import { useRuntime } from '../../src/core/runtime.ts'

/** There is no executor in a function: what a step of a pipeline wants to run belongs into the pipeline. */
export function refuseRuns(): void {
  useRuntime({
    submit: async () => {
      throw new InvalidConfig(
        'a function in the cloud runs no pipeline of its own: make what it would run a part of the pipeline, by pipe, choose, each or parallel',
      )
    },
    close: async () => {},
  })
}
