import { isRecord } from '../core/json.ts'
import { unknownFields } from './validate-parts.ts'

type Fields = Readonly<Record<string, unknown>>

const readerFields = ['Resource', 'Arguments', 'ReaderConfig']
const configFields = [
  'InputType',
  'MaxItems',
  'CSVHeaderLocation',
  'CSVHeaders',
  'CSVDelimiter',
  'ItemsPointer',
  'ManifestType',
  'Transformation',
]
const batcherFields = ['BatchInput', 'MaxItemsPerBatch', 'MaxInputBytesPerBatch']
const writerFields = ['Resource', 'Arguments', 'WriterConfig']

/** What is wrong with the fields that a Map alone has. */
export function* checkMap(state: Fields): Generator<string> {
  const { ItemProcessor: processor, ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = state
  if (!isRecord(processor)) yield 'ItemProcessor is missing: it holds the states of an iteration'
  if (state.Items !== undefined && reader !== undefined) yield 'it must have either Items or an ItemReader'
  if (typeof state.Label === 'string' && state.Label.length > 40) yield 'Label has at most 40 characters'
  const config = isRecord(processor) ? processor.ProcessorConfig : undefined
  yield* checkProcessor(config)
  if (!isRecord(config) || config.Mode !== 'DISTRIBUTED') {
    for (const field of ['ItemReader', 'ItemBatcher', 'ResultWriter'])
      if (state[field] !== undefined) yield `${field} needs "Mode": "DISTRIBUTED" in its ProcessorConfig`
  }
  if (reader !== undefined) yield* checkReader(reader)
  if (batcher !== undefined) yield* checkBatcher(batcher)
  if (writer !== undefined) yield* checkWriter(writer)
}

function* checkProcessor(config: unknown): Generator<string> {
  if (config === undefined) return
  if (!isRecord(config)) yield 'ProcessorConfig must be an object'
  else {
    yield* unknownFields(config, ['Mode', 'ExecutionType'], 'ProcessorConfig')
    yield* oneOf(config, 'Mode', ['INLINE', 'DISTRIBUTED'], 'ProcessorConfig')
    yield* oneOf(config, 'ExecutionType', ['STANDARD', 'EXPRESS'], 'ProcessorConfig')
  }
}

function* checkReader(reader: unknown): Generator<string> {
  if (!isRecord(reader)) {
    yield 'ItemReader must be an object'
    return
  }
  yield* unknownFields(reader, readerFields, 'ItemReader')
  const called = s3Action(reader.Resource)
  if (called !== 'getObject' && called !== 'listObjectsV2')
    yield 'the Resource of ItemReader must be arn:aws:states:::s3:getObject or arn:aws:states:::s3:listObjectsV2'
  const config = reader.ReaderConfig ?? {}
  if (!isRecord(config)) yield 'ReaderConfig must be an object'
  else yield* checkReaderConfig(config, called)
}

function* checkReaderConfig(config: Fields, called: string | undefined): Generator<string> {
  yield* unknownFields(config, configFields, 'ReaderConfig')
  const { InputType: type, CSVHeaderLocation: location, CSVHeaders: headers, ManifestType: manifest } = config
  if (type === 'PARQUET') yield 'InputType "PARQUET" is not read here; export the data as CSV or JSON Lines'
  else yield* oneOf(config, 'InputType', ['JSON', 'JSONL', 'CSV', 'MANIFEST'], 'ReaderConfig')
  yield* oneOf(config, 'CSVHeaderLocation', ['FIRST_ROW', 'GIVEN'], 'ReaderConfig')
  yield* oneOf(config, 'CSVDelimiter', ['COMMA', 'PIPE', 'SEMICOLON', 'SPACE', 'TAB'], 'ReaderConfig')
  yield* oneOf(config, 'ManifestType', ['S3_INVENTORY', 'ATHENA_DATA'], 'ReaderConfig')
  yield* oneOf(config, 'Transformation', ['NONE', 'LOAD_AND_FLATTEN'], 'ReaderConfig')

  if (type === 'CSV' && location === undefined)
    yield 'InputType "CSV" needs a CSVHeaderLocation: FIRST_ROW or GIVEN'
  if (type !== 'CSV')
    for (const field of ['CSVHeaderLocation', 'CSVHeaders', 'CSVDelimiter'])
      if (config[field] !== undefined) yield `ReaderConfig.${field} needs "InputType": "CSV"`
  const named =
    Array.isArray(headers) && headers.length > 0 && headers.every(name => typeof name === 'string')
  if (location === 'GIVEN' && !named) yield '"CSVHeaderLocation": "GIVEN" needs CSVHeaders, an array of names'
  if (location === 'FIRST_ROW' && headers !== undefined) yield 'CSVHeaders needs "CSVHeaderLocation": "GIVEN"'
  if (config.ItemsPointer !== undefined && type !== 'JSON')
    yield 'ReaderConfig.ItemsPointer needs "InputType": "JSON"'
  if (manifest === 'ATHENA_DATA' && type !== 'CSV' && type !== 'JSONL')
    yield '"ManifestType": "ATHENA_DATA" needs the InputType of the data: CSV or JSONL'
  if (manifest === 'S3_INVENTORY' && type !== undefined && type !== 'MANIFEST')
    yield '"ManifestType": "S3_INVENTORY" is read as CSV and takes no other InputType'
  if (config.Transformation === 'LOAD_AND_FLATTEN' && (called !== 'listObjectsV2' || type === undefined))
    yield '"Transformation": "LOAD_AND_FLATTEN" needs s3:listObjectsV2 and the InputType of the objects'
}

function* checkBatcher(batcher: unknown): Generator<string> {
  if (!isRecord(batcher)) {
    yield 'ItemBatcher must be an object'
    return
  }
  yield* unknownFields(batcher, batcherFields, 'ItemBatcher')
  if (batcher.MaxItemsPerBatch === undefined && batcher.MaxInputBytesPerBatch === undefined)
    yield 'ItemBatcher needs MaxItemsPerBatch, MaxInputBytesPerBatch or both'
}

function* checkWriter(writer: unknown): Generator<string> {
  if (!isRecord(writer)) {
    yield 'ResultWriter must be an object'
    return
  }
  yield* unknownFields(writer, writerFields, 'ResultWriter')
  const { Resource: resource, Arguments: args, WriterConfig: config } = writer
  if (resource === undefined && config === undefined)
    yield 'ResultWriter must have a Resource with Arguments, a WriterConfig, or both'
  if ((resource === undefined) !== (args === undefined))
    yield 'ResultWriter must have either both Resource and Arguments or neither'
  if (resource !== undefined && s3Action(resource) !== 'putObject')
    yield 'the Resource of ResultWriter must be arn:aws:states:::s3:putObject'
  if (config === undefined) return
  if (!isRecord(config)) yield 'WriterConfig must be an object'
  else {
    yield* unknownFields(config, ['Transformation', 'OutputType'], 'WriterConfig')
    yield* oneOf(config, 'Transformation', ['NONE', 'COMPACT', 'FLATTEN'], 'WriterConfig')
    yield* oneOf(config, 'OutputType', ['JSON', 'JSONL'], 'WriterConfig')
  }
}

function s3Action(resource: unknown): string | undefined {
  return typeof resource === 'string' ? /^arn:aws[\w-]*:states:::s3:(\w+)$/.exec(resource)?.[1] : undefined
}

function* oneOf(fields: Fields, field: string, values: readonly string[], where: string): Generator<string> {
  const value = fields[field]
  if (value !== undefined && !values.includes(value as string))
    yield `${where}.${field} is ${JSON.stringify(value)}; it must be one of ${values.join(', ')}`
}
