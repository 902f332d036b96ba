import type { ResultWriter } from '../../core/asl.ts'
import type { Json } from '../../core/json.ts'
import { describe, type Ended } from '../describe.ts'

/** Takes what the children of a Map Run answered, as they end, and gives the Map its result. */
export interface Results {
  /** Answers once there is room for more. */
  add(index: number, child: Ended): Promise<void> | void
  /** The result, once every child has been added. */
  finish(): Promise<Json>
}

export type Transformation = NonNullable<NonNullable<ResultWriter['WriterConfig']>['Transformation']>

/**
 * What stands for a child in the results: all that is known of it, or its output alone, whose items stand by
 * themselves when it is flattened. A child that failed is always told in full.
 */
export function told(child: Ended, transformation: Transformation): readonly Json[] {
  if (transformation === 'NONE' || child.result.status !== 'SUCCEEDED')
    return [describe(child, { data: 'text', times: 'iso' })]
  const { output } = child.result
  return transformation === 'FLATTEN' && Array.isArray(output) ? output : [output]
}
