import type { Identity } from './identity.ts'

/** The service of a switch, and where it is. */
export const service = 'urn:Belkin:service:basicevent:1'
export const controlPath = '/upnp/control/basicevent1'

/** What a switch says of itself. There are clients that know lists of several services only, so a second one that every WeMo has is named. */
export function setupXml(name: string, { serial, udn, mac }: Identity): string {
  return `<?xml version="1.0"?>
<root xmlns="urn:Belkin:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<device>
<deviceType>urn:Belkin:device:controllee:1</deviceType>
<friendlyName>${escapeXml(name)}</friendlyName>
<manufacturer>Belkin International Inc.</manufacturer>
<manufacturerURL>http://www.belkin.com</manufacturerURL>
<modelDescription>Belkin Plugin Socket 1.0</modelDescription>
<modelName>Socket</modelName>
<modelNumber>1.0</modelNumber>
<modelURL>http://www.belkin.com/plugin/</modelURL>
<serialNumber>${serial}</serialNumber>
<UDN>${udn}</UDN>
<macAddress>${mac}</macAddress>
<serviceList>
<service>
<serviceType>${service}</serviceType>
<serviceId>urn:Belkin:serviceId:basicevent1</serviceId>
<controlURL>${controlPath}</controlURL>
<eventSubURL>/upnp/event/basicevent1</eventSubURL>
<SCPDURL>/eventservice.xml</SCPDURL>
</service>
<service>
<serviceType>urn:Belkin:service:metainfo:1</serviceType>
<serviceId>urn:Belkin:serviceId:metainfo1</serviceId>
<controlURL>/upnp/control/metainfo1</controlURL>
<eventSubURL>/upnp/event/metainfo1</eventSubURL>
<SCPDURL>/metainfoservice.xml</SCPDURL>
</service>
</serviceList>
</device>
</root>
`
}

/** What the service can be asked. */
export const eventServiceXml = `<?xml version="1.0"?>
<scpd xmlns="urn:Belkin:service-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<actionList>
${action('SetBinaryState', 'in')}
${action('GetBinaryState', 'out')}
</actionList>
<serviceStateTable>
<stateVariable sendEvents="no"><name>BinaryState</name><dataType>Boolean</dataType><defaultValue>0</defaultValue></stateVariable>
</serviceStateTable>
</scpd>
`

function action(name: string, direction: 'in' | 'out'): string {
  return `<action><name>${name}</name><argumentList><argument><name>BinaryState</name><relatedStateVariable>BinaryState</relatedStateVariable><direction>${direction}</direction></argument></argumentList></action>`
}

/** Text as it stands in XML. */
export function escapeXml(text: string): string {
  return text.replaceAll(
    /[&<>"']/g,
    one => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one] ?? '&apos;',
  )
}
