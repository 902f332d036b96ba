import type { CallOptions, LxdClient } from './api/client.ts'
import { isTrouble } from './api/errors.ts'
import { deleteInstance, readInstance } from './api/instances.ts'
import { listOperations } from './api/operations.ts'
import { power } from './api/power.ts'
import { marks } from './marks.ts'

/**
 * Waits until the server has done what it is doing with an instance, as when who asked for it was cancelled or died.
 * How that ended is seen on the instance.
 */
export async function settle(client: LxdClient, name: string, options: CallOptions): Promise<void> {
  for (const operation of await listOperations(client, name, options)) {
    try {
      await client.follow(`waiting until ${name} is left alone`, operation, options)
    } catch (error) {
      if (!isTrouble(error, 'failed', 'not-found', 'exists', 'unknown')) throw error
    }
  }
}

/**
 * Deletes an instance of a system, whatever it is doing; one that is another's, or isn't there, is left alone. With
 * `attempt`, so is one that another attempt makes or made.
 */
export async function removeInstance(
  client: LxdClient,
  name: string,
  { id, attempt }: { readonly id: string; readonly attempt?: string },
  options: CallOptions,
): Promise<void> {
  await settle(client, name, options)
  const found = (await readInstance(client, name, options))?.value
  if (found?.config[marks.id] !== id) return
  if (attempt !== undefined && found.config[marks.making] !== attempt) return
  try {
    if (found.status !== 'Stopped') await power(client, name, 'stop', { ...options, force: true })
    await deleteInstance(client, name, options)
  } catch (error) {
    if (!isTrouble(error, 'not-found')) throw error
  }
}
