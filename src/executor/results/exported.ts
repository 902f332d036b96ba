import type { Json } from '../../core/json.ts'
import type { Ended } from '../describe.ts'
import { type Results, type Transformation, told } from './results.ts'

/** Where results are exported to, and how. */
export interface Destination {
  readonly bucket: string
  /** What the keys begin with: a prefix and the id of the Map Run. */
  readonly folder: string
  readonly mapRunArn: string
  readonly transformation: Transformation
  readonly outputType: 'JSON' | 'JSONL'
  /** Characters after which a file is closed. */
  readonly fileChars: number
  /** Writes one object. */
  write(key: string, body: string): Promise<void>
}

interface Written {
  readonly Key: string
  readonly Size: number
}

/**
 * Results that go to a store: `SUCCEEDED_n.json` and `FAILED_n.json` in the order in which the children ended, and
 * a `manifest.json` that names them. At most a file of each kind is held in memory, and those being written.
 */
export class ExportedResults implements Results {
  readonly #to: Destination
  readonly #files: { readonly SUCCEEDED: ResultFiles; readonly FAILED: ResultFiles }

  constructor(to: Destination) {
    this.#to = to
    this.#files = { SUCCEEDED: new ResultFiles('SUCCEEDED', to), FAILED: new ResultFiles('FAILED', to) }
  }

  add(_index: number, child: Ended): Promise<void> | undefined {
    const kind = child.result.status === 'SUCCEEDED' ? 'SUCCEEDED' : 'FAILED'
    return this.#files[kind].add(told(child, this.#to.transformation))
  }

  async finish(): Promise<Json> {
    const { bucket, folder, mapRunArn } = this.#to
    const failed = await this.#files.FAILED.close()
    const succeeded = await this.#files.SUCCEEDED.close()
    const key = `${folder}/manifest.json`
    const manifest = {
      DestinationBucket: bucket,
      MapRunArn: mapRunArn,
      ResultFiles: { FAILED: failed, PENDING: [], SUCCEEDED: succeeded },
    }
    await this.#to.write(key, JSON.stringify(manifest))
    return { MapRunArn: mapRunArn, ResultWriterDetails: { Bucket: bucket, Key: key } }
  }
}

/** The files of one kind, written one after the other. */
class ResultFiles {
  readonly #kind: 'SUCCEEDED' | 'FAILED'
  readonly #to: Destination
  readonly #written: Written[] = []
  #texts: string[] = []
  #chars = 0
  #begun = 0
  #writing: Promise<void> = Promise.resolve()

  constructor(kind: 'SUCCEEDED' | 'FAILED', to: Destination) {
    this.#kind = kind
    this.#to = to
  }

  add(results: readonly Json[]): Promise<void> | undefined {
    for (const result of results) {
      const text = JSON.stringify(result)
      this.#texts.push(text)
      this.#chars += text.length + 1
    }
    return this.#chars >= this.#to.fileChars ? this.#flush() : undefined
  }

  async close(): Promise<readonly Readonly<Record<string, Json>>[]> {
    if (this.#texts.length > 0) await this.#flush()
    await this.#writing
    return this.#written.map(file => ({ ...file }))
  }

  #flush(): Promise<void> {
    const lines = this.#to.outputType === 'JSONL'
    const body = lines ? `${this.#texts.join('\n')}\n` : `[${this.#texts.join(',')}]`
    const key = `${this.#to.folder}/${this.#kind}_${this.#begun++}.${lines ? 'jsonl' : 'json'}`
    this.#texts = []
    this.#chars = 0
    this.#writing = this.#writing.then(async () => {
      await this.#to.write(key, body)
      this.#written.push({ Key: key, Size: Buffer.byteLength(body) })
    })
    return this.#writing
  }
}
