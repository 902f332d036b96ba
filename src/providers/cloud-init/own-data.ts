import * as z from 'zod'

/** What cloud-init takes a text for, by how it begins: the longest beginning counts. */
const beginnings: readonly (readonly [beginning: string, type: string])[] = [
  ['#cloud-config-archive', 'text/cloud-config-archive'],
  ['#cloud-config-jsonp', 'text/cloud-config-jsonp'],
  ['#cloud-config', 'text/cloud-config'],
  ['#cloud-boothook', 'text/cloud-boothook'],
  ['#part-handler', 'text/part-handler'],
  ['#include-once', 'text/x-include-once-url'],
  ['#include', 'text/x-include-url'],
  ['## template: jinja', 'text/jinja2'],
  ['#!', 'text/x-shellscript'],
]

const mostBytes = 1024 * 1024

/** The type of a user's own text, or `undefined` where cloud-init would not know what to do with it. */
export function typeOf(text: string): string | undefined {
  if (isMultipart(text)) return 'multipart'
  return beginnings.find(([beginning]) => text.startsWith(beginning))?.[1]
}

/** Whether a text is several parts already, with the headers of a message. */
function isMultipart(text: string): boolean {
  return /^(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*Content-Type:[ \t]*multipart\//i.test(text)
}

/** A user's own user data. */
export const ownData = z
  .string()
  .refine(text => text.isWellFormed() && !text.includes('\0'), 'own user data are text, without NUL bytes')
  .refine(text => Buffer.byteLength(text) <= mostBytes, 'own user data have at most 1 MiB')
  .refine(
    text => !/^#![^\n]*\r\n/.test(text),
    'that script has the line ends of Windows, which Linux takes for part of its interpreter; convert them',
  )
  .refine(
    text => typeOf(text) !== undefined,
    'own user data begin with #cloud-config, with #! and an interpreter, or with another word that cloud-init knows',
  )
