/**
 * The environment for a tool whose output is not going to a terminal: no colours, which some tools
 * otherwise show whenever they see a CI.
 *
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} [terminal]
 * @returns {NodeJS.ProcessEnv}
 * @example
 * plainOffTerminal({ CI: 'true' }, false) // { CI: 'true', NO_COLOR: '1' }
 */
export function plainOffTerminal(env, terminal = process.stdout.isTTY) {
  if (terminal || env.FORCE_COLOR !== undefined) return env
  return { ...env, NO_COLOR: '1' }
}
