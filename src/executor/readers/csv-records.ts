/**
 * Cuts text into records and fields as it comes. Fields may stand in double quotes, in which a quote is written
 * twice, and a backslash takes from the next character what it would mean, as AWS has it. A record ends with a
 * line feed, a carriage return or both; blank lines are skipped.
 */
export class CsvRecords {
  readonly #delimiter: string
  readonly #most: number
  readonly #special: RegExp
  #records: string[][] = []
  #record: string[] = []
  #field = ''
  /** Characters of the record so far. */
  #length = 0
  #state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  #escaped = false
  #afterReturn = false

  /** `most` bounds the characters of one record. */
  constructor(delimiter: string, most: number) {
    this.#delimiter = delimiter
    this.#most = most
    this.#special = new RegExp(`["\\\\\\r\\n${delimiter === '|' ? '\\|' : delimiter}]`, 'g')
  }

  /** The records that end in this chunk. */
  push(chunk: string): string[][] {
    let at = 0
    while (at < chunk.length) {
      at = this.#escaped ? this.#take(chunk, at) : this.#takeRun(chunk, at)
      if (this.#length > this.#most)
        throw new Error(`A record of the CSV is longer than ${this.#most} characters`)
    }
    return this.#taken()
  }

  /** The record that ends with the text. */
  end(): string[][] {
    if (this.#state === 'quoted') throw new Error('The CSV ends within a quoted field')
    this.#endRecord()
    return this.#taken()
  }

  #taken(): string[][] {
    return this.#records.splice(0)
  }

  /** What a backslash stood before is taken as it is, but for the end of a line outside of quotes. */
  #take(chunk: string, at: number): number {
    this.#escaped = false
    const character = chunk[at]!
    if (this.#state !== 'quoted' && (character === '\n' || character === '\r')) return at
    this.#append(character)
    return at + 1
  }

  /** Takes all up to the next character that means something, and that one. */
  #takeRun(chunk: string, at: number): number {
    this.#special.lastIndex = at
    const index = this.#special.exec(chunk)?.index ?? chunk.length
    if (index > at) {
      this.#append(chunk.slice(at, index))
      this.#afterReturn = false
    }
    if (index === chunk.length) return index
    this.#meet(chunk[index]!)
    return index + 1
  }

  #meet(character: string): void {
    const afterReturn = this.#afterReturn
    this.#afterReturn = false
    if (character === '\\') this.#escaped = true
    else if (character === '"') this.#meetQuote()
    else if (this.#state === 'quoted') this.#append(character)
    else if (character === this.#delimiter) this.#endField()
    else {
      if (character === '\r' || !afterReturn) this.#endRecord()
      this.#afterReturn = character === '\r'
    }
  }

  #meetQuote(): void {
    if (this.#state === 'start') this.#state = 'quoted'
    else if (this.#state === 'quoted') this.#state = 'closed'
    else if (this.#state === 'closed') {
      this.#append('"')
      this.#state = 'quoted'
    } else this.#append('"')
  }

  #append(text: string): void {
    this.#field += text
    this.#length += text.length
    if (this.#state === 'start') this.#state = 'plain'
  }

  #endField(): void {
    this.#record.push(this.#field)
    this.#field = ''
    this.#length++
    this.#state = 'start'
  }

  #endRecord(): void {
    const blank = this.#record.length === 0 && this.#state === 'start'
    if (!blank) {
      this.#endField()
      this.#records.push(this.#record)
    }
    this.#record = []
    this.#length = 0
    this.#state = 'start'
  }
}
