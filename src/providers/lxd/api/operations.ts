import * as z from 'zod'
import { type CallOptions, type LxdClient, pathTo } from './client.ts'
import { isOver, operationSchema, type ServerOperation } from './operation.ts'

const listedSchema = z.record(
  z.string(),
  z.array(
    operationSchema.extend({ resources: z.record(z.string(), z.array(z.string()).nullable()).nullish() }),
  ),
)

/** What the server is doing in the background with an instance, whoever asked for it. */
export async function listOperations(
  client: LxdClient,
  instance: string,
  options: CallOptions,
): Promise<ServerOperation[]> {
  const asked = { doing: 'listing operations', path: pathTo('operations'), query: { recursion: '1' } }
  const listed = Object.values((await client.read(asked, listedSchema, options)).value).flat()
  return listed.filter(
    operation =>
      !isOver(operation) &&
      (operation.resources?.instances ?? []).some(path =>
        path.split('?')[0]?.endsWith(`/instances/${instance}`),
      ),
  )
}
