import { maxList } from '../xdr/limits.ts'
import {
  always,
  bool,
  characters,
  flags,
  int,
  list,
  maybe,
  struct,
  text,
  uhyper,
  uint,
} from '../xdr/shapes.ts'
import { typedParameters } from '../xdr/typed-parameters.ts'
import { procedure } from './procedure.ts'
import { domain, network, pool } from './references.ts'

/** Opening a connection, and what can be asked about the hypervisor behind it. */
export const connectProcedures = {
  connectOpen: procedure(1, { name: maybe(text), flags }),
  connectClose: procedure(2, {}),
  connectGetType: procedure(3, {}, { type: text }),
  connectGetVersion: procedure(4, {}, { version: uhyper }),
  connectGetLibVersion: procedure(157, {}, { version: uhyper }),
  connectGetHostname: procedure(59, {}, { hostname: text }),
  connectGetUri: procedure(110, {}, { uri: text }),
  connectGetCapabilities: procedure(7, {}, { xml: text }),
  connectGetDomainCapabilities: procedure(
    342,
    { emulator: maybe(text), arch: maybe(text), machine: maybe(text), virtType: maybe(text), flags },
    { xml: text },
  ),
  connectGetMaxVcpus: procedure(5, { type: maybe(text) }, { vcpus: int }),
  connectSupportsFeature: procedure(60, { feature: int }, { supported: bool }),
  authList: procedure(66, {}, { types: list(int, maxList.authTypes) }),
  authPolkit: procedure(70, {}, { complete: bool }),
  nodeGetInfo: procedure(
    6,
    {},
    {
      model: characters(32),
      memoryKib: uhyper,
      cpus: int,
      mhz: int,
      nodes: int,
      sockets: int,
      cores: int,
      threads: int,
    },
  ),
  nodeGetFreeMemory: procedure(102, {}, { bytes: uhyper }),
  connectListAllDomains: procedure(
    273,
    { needResults: always(1), flags },
    { domains: list(domain, maxList.domains), count: uint },
  ),
  connectListAllStoragePools: procedure(
    281,
    { needResults: always(1), flags },
    { pools: list(pool, maxList.pools), count: uint },
  ),
  connectListAllNetworks: procedure(
    283,
    { needResults: always(1), flags },
    { networks: list(network, maxList.networks), count: uint },
  ),
  /** Facts about many domains in one call; all of them when `domains` is empty. */
  connectGetAllDomainStats: procedure(
    344,
    { domains: list(domain, maxList.domains), stats: flags, flags },
    {
      records: list(struct({ domain, parameters: typedParameters(maxList.stats) }), maxList.domains),
    },
  ),
  connectDomainEventCallbackRegisterAny: procedure(
    316,
    { eventId: int, domain: maybe(domain) },
    { callbackId: int },
  ),
  connectDomainEventCallbackDeregisterAny: procedure(317, { callbackId: int }),
} as const
