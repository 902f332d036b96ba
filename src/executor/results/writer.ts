import type { ResultWriter } from '../../core/asl.ts'
import { ErrorName, StateFailure } from '../errors.ts'
import { prepareTemplate } from '../template.ts'
import type { Visit } from '../visit.ts'
import { CollectedResults } from './collected.ts'
import { ExportedResults } from './exported.ts'
import type { Results } from './results.ts'

/** Prepares where the results of a Map Run go: to a store, where a ResultWriter names one, or to the state. */
export function prepareResults(
  writer: ResultWriter = {},
): (visit: Visit, mapRunArn: string) => Promise<Results> {
  const { Resource: resource, WriterConfig: config = {} } = writer
  const outputType = config.OutputType ?? 'JSON'
  if (resource === undefined)
    return async () => new CollectedResults(config.Transformation ?? 'COMPACT', outputType)

  const args = prepareTemplate(writer.Arguments ?? {}, 'ResultWriter/Arguments')
  return async (visit, mapRunArn) => {
    const given = (await args(visit.scene())) as {
      readonly Bucket?: unknown
      readonly Prefix?: unknown
    } | null
    const { Bucket: bucket, Prefix: prefix = '' } = given ?? {}
    if (typeof bucket !== 'string' || typeof prefix !== 'string')
      throw writerFailed(
        visit,
        new Error('The Arguments of the ResultWriter must name a Bucket, and may name a Prefix'),
      )
    const id = mapRunArn.slice(mapRunArn.lastIndexOf(':') + 1)
    return new ExportedResults({
      bucket,
      folder: prefix === '' ? id : `${prefix.replace(/\/+$/, '')}/${id}`,
      mapRunArn,
      transformation: config.Transformation ?? 'NONE',
      outputType,
      fileChars: visit.frame.run.ports.limits.resultFileChars,
      write: (key, body) => write(visit, resource, bucket, key, body),
    })
  }
}

async function write(
  visit: Visit,
  resource: string,
  Bucket: string,
  Key: string,
  Body: string,
): Promise<void> {
  const { writeObject } = visit.frame.run.ports
  const { cancellation } = visit.frame
  const controller = new AbortController()
  const leave = cancellation.onCancel(reason => controller.abort(reason))
  try {
    if (writeObject === undefined) throw new Error('There is no store here that results could be written to')
    await writeObject({ resource, arguments: { Bucket, Key, Body }, signal: controller.signal })
  } catch (thrown) {
    throw cancellation.reason ?? writerFailed(visit, thrown)
  } finally {
    leave()
  }
}

function writerFailed(visit: Visit, thrown: unknown): StateFailure {
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new StateFailure({ error: ErrorName.resultWriter, cause: visit.explain(message) }, { cause: thrown })
}
