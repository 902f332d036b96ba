/**
 * What takes the place of zeromq's own search for its native module in a package for agents: there it is known which ones
 * fit, and the first that this Node and this C library take is it.
 */
export function loadAddonText(count: number): string {
  return `'use strict'
Object.defineProperty(exports, '__esModule', { value: true })
let why
for (let index = 0; index < ${count} && exports.default === undefined; index++) {
  try {
    exports.default = require('../native/' + index + '.node')
  } catch (error) {
    why = error
  }
}
if (exports.default === undefined) throw why
`
}
