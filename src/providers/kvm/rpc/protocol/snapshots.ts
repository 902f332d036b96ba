import { maxList } from '../xdr/limits.ts'
import { always, bool, flags, int, list, text } from '../xdr/shapes.ts'
import { procedure } from './procedure.ts'
import { domain, snapshot } from './references.ts'

/** A domain's snapshots. */
export const snapshotProcedures = {
  domainSnapshotCreateXml: procedure(185, { domain, xml: text, flags }, { snapshot }),
  domainListAllSnapshots: procedure(
    274,
    { domain, needResults: always(1), flags },
    { snapshots: list(snapshot, maxList.snapshots), count: int },
  ),
  domainSnapshotLookupByName: procedure(189, { domain, name: text, flags }, { snapshot }),
  domainHasCurrentSnapshot: procedure(190, { domain, flags }, { has: bool }),
  domainSnapshotCurrent: procedure(191, { domain, flags }, { snapshot }),
  domainSnapshotGetXmlDesc: procedure(186, { snapshot, flags }, { xml: text }),
  domainRevertToSnapshot: procedure(192, { snapshot, flags }),
  domainSnapshotDelete: procedure(193, { snapshot, flags }),
} as const
