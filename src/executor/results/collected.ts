import type { Json } from '../../core/json.ts'
import type { Ended } from '../describe.ts'
import { type Results, type Transformation, told } from './results.ts'

/** Results that become the output of the Map, in the order of its items. */
export class CollectedResults implements Results {
  readonly #transformation: Transformation
  readonly #asLines: boolean
  readonly #children: (readonly Json[])[] = []

  constructor(transformation: Transformation, outputType: 'JSON' | 'JSONL') {
    this.#transformation = transformation
    this.#asLines = outputType === 'JSONL'
  }

  add(index: number, child: Ended): void {
    this.#children[index] = told(child, this.#transformation)
  }

  async finish(): Promise<Json> {
    const results = this.#children.flat()
    return this.#asLines ? results.map(result => `${JSON.stringify(result)}\n`).join('') : results
  }
}
