// Checks who imports whom (.dependency-cruiser.mjs) in the current folder. A check that sees nothing
// passes, so this one also fails when it has not seen every source file, or hardly any import.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { cruise, format } from 'dependency-cruiser'
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config'
import rules from '../../.dependency-cruiser.mjs'

const folders = ['src', 'flows', 'functions', 'onprem-bridge', 'infra', 'bin', 'scripts', 'test', 'bench']
const present = folders.filter(folder => existsSync(folder))

const { options, ...ruleSet } = rules
const { output } = await cruise(
  present,
  { ...options, ruleSet, validate: true, outputType: 'json' },
  options.enhancedResolveOptions,
  { tsConfig: extractTsConfig(options.tsConfig.fileName) },
)
/** @type {import('dependency-cruiser').ICruiseResult} */
const result = typeof output === 'string' ? JSON.parse(output) : output

const report = await format(result, { outputType: 'err' })
process.stdout.write(`${String(report.output).trim()}\n`)
const blind = blindness(result)
if (blind) process.stdout.write(`The rules were not checked: ${blind}\n`)
process.exitCode = report.exitCode !== 0 || blind ? 1 : 0

/**
 * @param {import('dependency-cruiser').ICruiseResult} cruised
 * @returns {string | undefined} what the cruise overlooked
 */
function blindness(cruised) {
  const seen = new Set(cruised.modules.map(module => module.source))
  const sources = present.flatMap(sourcesUnder)
  const unseen = sources.filter(file => !seen.has(file))
  if (sources.length === 0) return 'there is no source file here'
  if (unseen.length > 0)
    return `${unseen.length} of ${sources.length} source files were not read: ${unseen[0]}`
  const imports = cruised.modules.reduce((sum, module) => sum + module.dependencies.length, 0)
  if (imports < sources.length / 2) return `only ${imports} imports were found in ${sources.length} files`
  return undefined
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function sourcesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(ts|mjs|js)$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(path => !new RegExp(rules.options.exclude.path).test(path))
}
