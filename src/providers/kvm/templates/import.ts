import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Job } from '../../../core/systems/provider.ts'
import { SystemTrouble } from '../../../core/systems/trouble.ts'
import { openUndo } from '../../undo.ts'
import { afterwards } from '../create.ts'
import { deleteVolume, findVolume, openPool } from '../disks/pool.ts'
import { volumeXml } from '../disks/volumes.ts'
import type { Hypervisor } from '../hypervisor.ts'
import { readImageHeader } from '../images/header.ts'
import { requireTemplate } from '../images/template.ts'
import { templateVolume } from '../images/template-name.ts'
import { orTakeBack } from '../undo.ts'
import { removeTemplate } from './list.ts'

export interface ImportOptions {
  /** Puts it in the place of one of that name. */
  readonly replace?: boolean | undefined
  /** Bytes sent so far, of how many. */
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined
}

/**
 * Brings a disk image to a hypervisor, under the name by which systems are made of it. What the file is, is read from the
 * file and not from its name. Throws `BadImage` for one that no template is made of. What was sent of an import that
 * fails is taken away again.
 */
export async function importTemplate(
  hypervisor: Hypervisor,
  name: string,
  file: string,
  { replace = false, onProgress }: ImportOptions,
  job: Job,
): Promise<void> {
  const target = templateVolume(name)
  requireTemplate(await readImageHeader(file))
  const { size } = await stat(file)
  const desk = hypervisor.desk(job)
  const pool = await openPool(desk, desk.config.pool)
  if ((await findVolume(desk, pool, target)) !== undefined) {
    if (!replace)
      throw new SystemTrouble(
        'refused',
        `${desk.node} has a template ${name} already; take another name, or --replace it`,
      )
    // Whatever is made of it would read the new one's blocks as its own.
    await removeTemplate(hypervisor, name, job)
  }
  const { available } = await desk.call('storagePoolGetInfo', { pool }, `looking at the pool ${pool.name}`)
  if (Number(available) < size)
    throw new SystemTrouble(
      'refused',
      `the image has ${size} bytes and the pool ${pool.name} of ${desk.node} has room for ${available}; make room there`,
    )
  const undo = openUndo()
  const after = afterwards(hypervisor, job)
  await orTakeBack(undo, async () => {
    job.stage(`sending the image to ${desk.node}`)
    undo.add(`the volume ${target}`, () => deleteVolume(after(), pool, target))
    // It is made as bytes, whatever is in it; libvirt looks at what it is when the pool is read again.
    const xml = volumeXml({ name: target, format: 'raw', capacity: size, sparse: true })
    const { volume } = await desk.make('storageVolCreateXml', { pool, xml }, `making the volume ${target}`)
    await desk.using(`sending the image to ${desk.node}`, connection =>
      connection.upload(volume, readWhenAsked(file), {
        length: size,
        signal: job.signal,
        ...(onProgress ? { onProgress: bytes => onProgress(bytes, size) } : {}),
      }),
    )
    await desk.call('storagePoolRefresh', { pool }, `reading the pool ${pool.name} again`)
  })
}

/** Opened when the first byte is wanted: a stream that nobody comes to read would stay open. */
async function* readWhenAsked(file: string): AsyncGenerator<Uint8Array> {
  yield* createReadStream(file, { highWaterMark: 256 * 1024 })
}
