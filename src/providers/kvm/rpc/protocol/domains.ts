import { maxList } from '../xdr/limits.ts'
import { bool, flags, int, list, maybe, struct, text, uhyper, uint, uuid } from '../xdr/shapes.ts'
import { typedParameters } from '../xdr/typed-parameters.ts'
import { procedure } from './procedure.ts'
import { domain } from './references.ts'

const address = struct({ type: int, address: text, prefix: uint })
const networkInterface = struct({
  name: text,
  mac: maybe(text),
  addresses: list(address, maxList.addresses),
})

/** A domain's life, description and devices. Memory is in KiB, times are in nanoseconds. */
export const domainProcedures = {
  domainLookupByUuid: procedure(24, { uuid }, { domain }),
  domainLookupByName: procedure(23, { name: text }, { domain }),
  domainLookupById: procedure(22, { id: int }, { domain }),
  domainGetInfo: procedure(
    16,
    { domain },
    { state: uint, maxMemoryKib: uhyper, memoryKib: uhyper, vcpus: uint, cpuTime: uhyper },
  ),
  domainGetState: procedure(212, { domain, flags }, { state: int, reason: int }),
  domainIsActive: procedure(150, { domain }, { active: bool }),
  domainGetXmlDesc: procedure(14, { domain, flags }, { xml: text }),
  domainDefineXmlFlags: procedure(350, { xml: text, flags }, { domain }),
  domainCreateXml: procedure(10, { xml: text, flags }, { domain }),
  domainCreateWithFlags: procedure(196, { domain, flags }, { domain }),
  domainShutdownFlags: procedure(258, { domain, flags }),
  domainDestroyFlags: procedure(234, { domain, flags }),
  domainReboot: procedure(27, { domain, flags }),
  domainReset: procedure(245, { domain, flags }),
  domainSuspend: procedure(34, { domain }),
  domainResume: procedure(28, { domain }),
  domainPmWakeup: procedure(267, { domain, flags }),
  domainUndefineFlags: procedure(231, { domain, flags }),
  domainRename: procedure(358, { domain, newName: maybe(text), flags }, { result: int }),
  domainSetVcpusFlags: procedure(199, { domain, vcpus: uint, flags }),
  domainGetVcpusFlags: procedure(200, { domain, flags }, { vcpus: int }),
  domainSetMemoryFlags: procedure(204, { domain, memoryKib: uhyper, flags }),
  domainGetMaxMemory: procedure(17, { domain }, { memoryKib: uhyper }),
  domainGetMetadata: procedure(265, { domain, type: int, uri: maybe(text), flags }, { metadata: text }),
  domainSetMetadata: procedure(264, {
    domain,
    type: int,
    metadata: maybe(text),
    key: maybe(text),
    uri: maybe(text),
    flags,
  }),
  domainGetAutostart: procedure(15, { domain }, { autostart: bool }),
  domainSetAutostart: procedure(29, { domain, autostart: bool }),
  domainInterfaceAddresses: procedure(
    353,
    { domain, source: uint, flags },
    { interfaces: list(networkInterface, maxList.interfaces) },
  ),
  domainGetHostname: procedure(277, { domain, flags }, { hostname: text }),
  domainGetGuestInfo: procedure(
    418,
    { domain, types: uint, flags },
    { parameters: typedParameters(maxList.guestInfo) },
  ),
  domainAttachDeviceFlags: procedure(160, { domain, xml: text, flags }),
  domainDetachDeviceFlags: procedure(161, { domain, xml: text, flags }),
  domainUpdateDeviceFlags: procedure(174, { domain, xml: text, flags }),
  domainOpenConsole: procedure(201, { domain, device: maybe(text), flags }),
  domainBlockResize: procedure(251, { domain, disk: text, size: uhyper, flags }),
  domainAbortJob: procedure(164, { domain }),
  domainManagedSaveRemove: procedure(184, { domain, flags }),
} as const
