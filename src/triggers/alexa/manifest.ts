import type { Voice } from '../../core/voice.ts'
import { localesOf, wordsIn } from './model.ts'

/** What `skill.json` of a skill package says. */
export interface SkillManifest {
  readonly manifest: {
    readonly manifestVersion: '1.0'
    readonly apis: { readonly custom: { readonly endpoint?: { readonly uri: string } } }
    readonly publishingInformation: {
      readonly distributionMode: 'PRIVATE'
      readonly isAvailableWorldwide: true
      readonly locales: Readonly<Record<string, LocalInformation>>
    }
  }
}

interface LocalInformation {
  readonly name: string
  readonly summary: string
  readonly description: string
  readonly examplePhrases: readonly string[]
}

/** Characters of a skill's name. */
const longestName = 50

/**
 * The manifest of a skill that its owner alone uses. `functionArn` is the function that answers, where it is known.
 *
 * @example
 * skillManifest([plexOnVoice], { nameIn: () => 'my closet', functionArn })
 */
export function skillManifest(
  voices: readonly Voice[],
  {
    nameIn,
    functionArn,
  }: { readonly nameIn: (locale: string) => string; readonly functionArn?: string | undefined },
): SkillManifest {
  const about = (locale: string): LocalInformation => ({
    name: nameIn(locale).slice(0, longestName),
    summary: 'Starts flows of Re-ops',
    description: 'Starts the flows of a Re-ops project, and says how they ended.',
    examplePhrases: voices
      .flatMap(voice => wordsIn(voice, locale)?.samples.slice(0, 1) ?? [])
      .filter(sample => !sample.includes('{'))
      .slice(0, 2)
      .map(sample =>
        locale.startsWith('de')
          ? `Alexa, sage ${nameIn(locale)} ${sample}`
          : `Alexa, tell ${nameIn(locale)} ${sample}`,
      )
      .concat(locale.startsWith('de') ? `Alexa, öffne ${nameIn(locale)}` : `Alexa, open ${nameIn(locale)}`),
  })
  return {
    manifest: {
      manifestVersion: '1.0',
      apis: { custom: functionArn === undefined ? {} : { endpoint: { uri: functionArn } } },
      publishingInformation: {
        distributionMode: 'PRIVATE',
        isAvailableWorldwide: true,
        locales: Object.fromEntries(localesOf(voices).map(locale => [locale, about(locale)])),
      },
    },
  }
}
