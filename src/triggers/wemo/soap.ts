import { XMLParser } from 'fast-xml-parser'
import { escapeXml, service } from './describe.ts'

/** What a switch is asked. */
export type Asked =
  | { readonly action: 'GetBinaryState' }
  | { readonly action: 'SetBinaryState'; readonly state: 'on' | 'off' }
  | { readonly action: 'GetFriendlyName' }

/** What is wrong with a call, as UPnP numbers it: 401 no such action, 402 its arguments, 501 it failed. */
export interface Fault {
  readonly fault: 401 | 402 | 501
  readonly text: string
}

/** Entities make documents grow; nobody needs them here. */
const parser = new XMLParser({
  processEntities: false,
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  trimValues: true,
})

/**
 * Reads a call of a switch. The header names the action, and the body has to be of it. Never throws.
 *
 * @example
 * readCall('"urn:Belkin:service:basicevent:1#GetBinaryState"', body) // { action: 'GetBinaryState' }
 */
export function readCall(header: string | undefined, body: string): Asked | Fault {
  const [, action = ''] = /^"?urn:Belkin:service:basicevent:1#([A-Za-z]{1,40})"?$/.exec(header ?? '') ?? []
  if (action !== 'GetBinaryState' && action !== 'SetBinaryState' && action !== 'GetFriendlyName')
    return { fault: 401, text: 'Invalid Action' }
  const invalid: Fault = { fault: 402, text: 'Invalid Args' }
  if (body.includes('<!')) return invalid
  const call = within(parse(body), ['Envelope', 'Body', action])
  if (call === undefined) return invalid
  if (action !== 'SetBinaryState') return { action }
  const value = within(call, ['BinaryState'])
  if (value !== '0' && value !== '1') return invalid
  return { action, state: value === '1' ? 'on' : 'off' }
}

function parse(body: string): unknown {
  try {
    return parser.parse(body)
  } catch {
    // What is no XML holds nothing.
    return undefined
  }
}

function within(value: unknown, path: readonly string[]): unknown {
  let found = value
  for (const part of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, part)) return undefined
    found = (found as Record<string, unknown>)[part]
  }
  return found
}

/** The answer to a call. */
export function answerCall(action: Asked['action'], field: string, value: string): string {
  return envelope(
    `<u:${action}Response xmlns:u="${service}"><${field}>${escapeXml(value)}</${field}></u:${action}Response>`,
  )
}

/** The answer to a call that can't be. */
export function answerFault({ fault, text }: Fault): string {
  return envelope(
    `<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail><UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>${fault}</errorCode><errorDescription>${text}</errorDescription></UPnPError></detail></s:Fault>`,
  )
}

function envelope(body: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>${body}</s:Body></s:Envelope>\n`
}
