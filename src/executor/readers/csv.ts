import type { ReaderConfig } from '../../core/asl.ts'
import { CsvRecords } from './csv-records.ts'
import type { Items } from './item.ts'
import { chunksOf, type Source } from './text.ts'

const delimiters = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' } as const

/** Characters that AWS takes of a header. */
const longestHeader = 10 * 1024

/**
 * A text of delimited values: an item a record, whose fields are texts under the names of the header. A record that
 * has fewer fields than the header gets empty texts for them, and what it has more is left out.
 */
export async function* readCsv(source: Source, config: ReaderConfig, mostChars: number): Items {
  const parser = new CsvRecords(delimiters[config.CSVDelimiter ?? 'COMMA'], mostChars)
  let header = config.CSVHeaderLocation === 'GIVEN' ? checked(config.CSVHeaders ?? []) : undefined
  for await (const records of parsed(parser, source)) {
    for (const record of records) {
      if (header === undefined) header = checked(record)
      else yield { value: Object.fromEntries(header.map((name, index) => [name, record[index] ?? ''])) }
    }
  }
}

async function* parsed(parser: CsvRecords, source: Source): AsyncGenerator<string[][]> {
  for await (const chunk of chunksOf(source)) yield parser.push(chunk)
  yield parser.end()
}

function checked(header: readonly string[]): readonly string[] {
  if (new Set(header).size < header.length) throw new Error('CSV headers cannot contain duplicates.')
  if (header.reduce((sum, name) => sum + name.length + 1, 0) > longestHeader)
    throw new Error(`The header of the CSV is longer than ${longestHeader} characters`)
  return header
}
