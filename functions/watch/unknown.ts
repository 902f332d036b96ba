import { ReopsError } from '../../src/core/errors.ts'

/** There is no watch of this name among the flows of whoever was asked. */
export class UnknownWatch extends ReopsError {
  override readonly name = 'UnknownWatch'
  override readonly slug = 'unknown-watch'

  constructor(watch: string, names: Iterable<string>) {
    const known = [...names]
    super(
      `there is no watch ${JSON.stringify(watch)} among the flows of this function, which has ${known.join(', ') || 'none'}; deploy it again, with reops deploy`,
      { detail: { watch, watches: known } },
    )
  }
}
