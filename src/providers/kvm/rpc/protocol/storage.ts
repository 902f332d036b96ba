import { maxList } from '../xdr/limits.ts'
import { always, bool, flags, int, list, text, uhyper, uint } from '../xdr/shapes.ts'
import { procedure } from './procedure.ts'
import { pool, volume } from './references.ts'

/** Storage pools. Sizes are in bytes. */
export const poolProcedures = {
  storagePoolLookupByName: procedure(84, { name: text }, { pool }),
  storagePoolLookupByVolume: procedure(86, { volume }, { pool }),
  storagePoolGetXmlDesc: procedure(88, { pool, flags }, { xml: text }),
  storagePoolGetInfo: procedure(
    87,
    { pool },
    { state: uint, capacity: uhyper, allocation: uhyper, available: uhyper },
  ),
  storagePoolRefresh: procedure(83, { pool, flags }),
  storagePoolDefineXml: procedure(77, { xml: text, flags }, { pool }),
  storagePoolBuild: procedure(79, { pool, flags }),
  storagePoolCreate: procedure(78, { pool, flags }),
  storagePoolDestroy: procedure(80, { pool }),
  storagePoolUndefine: procedure(82, { pool }),
  storagePoolSetAutostart: procedure(90, { pool, autostart: bool }),
  storagePoolListAllVolumes: procedure(
    282,
    { pool, needResults: always(1), flags },
    { volumes: list(volume, maxList.volumes), count: uint },
  ),
} as const

/** Volumes. Sizes are in bytes; a length of 0 means to the end. */
export const volumeProcedures = {
  storageVolCreateXml: procedure(93, { pool, xml: text, flags }, { volume }),
  storageVolCreateXmlFrom: procedure(125, { pool, xml: text, from: volume, flags }, { volume }),
  storageVolLookupByName: procedure(95, { pool, name: text }, { volume }),
  storageVolLookupByPath: procedure(97, { path: text }, { volume }),
  storageVolLookupByKey: procedure(96, { key: text }, { volume }),
  storageVolGetPath: procedure(100, { volume }, { path: text }),
  storageVolGetInfo: procedure(98, { volume }, { type: int, capacity: uhyper, allocation: uhyper }),
  storageVolGetXmlDesc: procedure(99, { volume, flags }, { xml: text }),
  storageVolResize: procedure(260, { volume, capacity: uhyper, flags }),
  storageVolDelete: procedure(94, { volume, flags }),
  storageVolUpload: procedure(208, { volume, offset: uhyper, length: uhyper, flags }),
  storageVolDownload: procedure(209, { volume, offset: uhyper, length: uhyper, flags }),
} as const
