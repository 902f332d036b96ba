// Takes the place of the runtime client's native module, of which only posting answers is used: what asks for work is its
// own client over HTTP.
const { request } = require('node:http')

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':')

/**
 * @param {string} path
 * @param {string} body
 * @param {Record<string, string>} headers
 */
function post(path, body, headers = {}) {
  const sent = request(
    { hostname, port, path: `/2018-06-01/runtime/invocation/${path}`, method: 'POST' },
    response => response.resume(),
  )
  sent.setHeader('content-type', 'application/json')
  for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value)
  // The test has ended, and this process is about to.
  sent.on('error', () => {})
  sent.end(body)
}

module.exports = {
  /** @param {string} id @param {string} body */
  done: (id, body) => post(`${id}/response`, body),
  /** @param {string} id @param {string} body */
  error: (id, body) => post(`${id}/error`, body),
}
