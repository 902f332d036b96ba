import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { isLocale } from '../../core/voice/locale.ts'
import { invocationNameIn } from '../../core/voice/settings.ts'
import type { LoadedConfig } from '../../run/config.ts'
import type { voicesIn } from '../../run/voices-in.ts'
import { interactionModel, localesOf, skillManifest } from '../../triggers/alexa/index.ts'
import type { Args } from '../command.ts'
import type { CommandContext } from '../context.ts'
import { given, text } from '../parse.ts'
import { configuration } from '../session/configuration.ts'
import { UsageError } from '../usage-error.ts'
import { voicesOf } from './voices.ts'

/** Prints the interaction models and the manifest of a project's skill, or writes them as a skill package. */
export async function printModel(context: CommandContext, args: Args): Promise<number> {
  if (args.flags.slot !== undefined || ['yes', 'cloud', 'json'].some(name => given(args, name)))
    throw new UsageError(
      'reops alexa model has no flags --yes, --slot, --cloud and --json; they belong to reops alexa say',
    )
  const loaded = await configuration(context, args)
  const files = packageOf(loaded, await voicesOf(loaded), text(args, 'locale'))
  const out = text(args, 'out')
  if (out === undefined) {
    context.stdout.write(`${JSON.stringify(Object.fromEntries(files), null, 2)}\n`)
    return 0
  }
  for (const [name, content] of files) {
    const file = path.resolve(context.cwd, out, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, `${JSON.stringify(content, null, 2)}\n`)
    context.stdout.write(`${path.join(out, name)}\n`)
  }
  return 0
}

/** The files of a skill package. */
function packageOf(
  { config: { aws } }: LoadedConfig,
  named: ReturnType<typeof voicesIn>,
  only: string | undefined,
): ReadonlyMap<string, unknown> {
  const voices = [...named.values()].map(({ voice }) => voice)
  if (only !== undefined && !isLocale(only)) throw new UsageError(`Alexa speaks no ${JSON.stringify(only)}`)
  const locales = only === undefined ? localesOf(voices) : [only]
  const { region, account, stack } = aws
  const functionArn =
    region === undefined || account === undefined
      ? undefined
      : `arn:aws:lambda:${region}:${account}:function:${stack}-alexa`
  const nameIn = (locale: string) => invocationNameIn(aws.alexa, locale)
  return new Map<string, unknown>([
    ['skill.json', skillManifest(voices, { nameIn, functionArn })],
    ...locales.map(
      locale =>
        [
          `interactionModels/custom/${locale}.json`,
          interactionModel(voices, { locale, invocationName: nameIn(locale) }),
        ] as const,
    ),
  ])
}
