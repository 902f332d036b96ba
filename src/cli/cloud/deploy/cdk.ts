import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AwsSettings } from '../../../core/aws.ts'
import { quote } from '../../../core/quote.ts'
import { type LoadedConfig, stateFolder } from '../../../run/config.ts'
import { colorOf } from '../../color.ts'
import type { CommandContext } from '../../context.ts'
import { CdkFailed, followChild } from './child.ts'

export interface CdkOptions {
  readonly loaded: LoadedConfig
  /** The region that was found to be meant. */
  readonly region: string
  /** Everything goes to stderr. */
  readonly quietly: boolean
  /** What a Ctrl-C leaves behind, for whoever pressed it. */
  readonly leaves: string
  /** Hears what it says, which is shown all the same. */
  readonly hear?: ((text: string) => void) | undefined
}

/**
 * Runs the CDK's command that this package pins, over the project of a configuration. It has the terminal, so that it shows
 * its progress and asks its questions there. Answers its exit status, or the one that a Ctrl-C asks for.
 */
export async function cdk(
  context: CommandContext,
  words: readonly string[],
  { loaded, region, quietly, leaves, hear }: CdkOptions,
): Promise<number> {
  const state = stateFolder(loaded)
  mkdirSync(state, { recursive: true, mode: 0o700 })
  const { profile, endpoint } = loaded.config.aws
  const app = fileURLToPath(new URL('../../../../infra/app.ts', import.meta.url))
  const all = [
    program(),
    ...words,
    ...['--app', quote([process.execPath, app])],
    ...['--output', path.join(state, 'cdk.out')],
    ...['--region', region],
    ...(profile === undefined ? [] : ['--profile', profile]),
    ...['--no-notices', '--no-version-reporting'],
    ...(colorOf(context, context.stderr) ? [] : ['--no-color']),
  ]
  const env = {
    ...context.env,
    ...endpointsOf(loaded.config.aws),
    REOPS_PROJECT: loaded.folder,
    ...(loaded.file === undefined ? {} : { REOPS_CONFIG: loaded.file }),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    // It asks the network for the newest release otherwise.
    ...(endpoint === undefined ? {} : { CDK_DISABLE_VERSION_CHECK: '1' }),
  }
  return followChild(context, all, { env, cwd: state, quietly, leaves, hear })
}

/** The pinned release, wherever it is installed: beside this package's own modules, or above them. */
function program(): string {
  const require = createRequire(import.meta.url)
  try {
    return path.join(path.dirname(require.resolve('aws-cdk/package.json')), 'bin', 'cdk')
  } catch (cause) {
    throw new CdkFailed('the package aws-cdk is not installed: npm ci in the checkout of re-ops brings it', {
      cause,
    })
  }
}

/** How the SDK of others is told of other addresses than AWS's. */
function endpointsOf({ endpoint, endpoints }: AwsSettings): Record<string, string> {
  const names: Readonly<Record<string, string>> = { states: 'SFN', logs: 'CLOUDWATCH_LOGS' }
  return {
    ...(endpoint === undefined ? {} : { AWS_ENDPOINT_URL: endpoint }),
    ...Object.fromEntries(
      Object.entries(endpoints).map(([service, url]) => [
        `AWS_ENDPOINT_URL_${names[service] ?? service.toUpperCase()}`,
        url,
      ]),
    ),
  }
}
