import { maxList } from '../xdr/limits.ts'
import { always, bool, flags, hyper, int, list, maybe, struct, text, uint } from '../xdr/shapes.ts'
import { procedure } from './procedure.ts'
import { network } from './references.ts'

/** What dnsmasq has given away. `expires` is in seconds since the epoch. */
const lease = struct({
  interface: text,
  expires: hyper,
  type: int,
  mac: maybe(text),
  iaid: maybe(text),
  address: text,
  prefix: uint,
  hostname: maybe(text),
  clientId: maybe(text),
})

/** Virtual networks. */
export const networkProcedures = {
  networkLookupByName: procedure(46, { name: text }, { network }),
  networkGetXmlDesc: procedure(43, { network, flags }, { xml: text }),
  networkGetBridgeName: procedure(45, { network }, { bridge: text }),
  networkGetDhcpLeases: procedure(
    341,
    { network, mac: maybe(text), needResults: always(1), flags },
    { leases: list(lease, maxList.leases), count: uint },
  ),
  networkIsActive: procedure(152, { network }, { active: bool }),
  networkDefineXml: procedure(41, { xml: text }, { network }),
  networkCreate: procedure(39, { network }),
  networkDestroy: procedure(42, { network }),
  networkUndefine: procedure(49, { network }),
  networkSetAutostart: procedure(48, { network, autostart: bool }),
} as const
