import * as z from 'zod'
import { type Locale, locales } from './locale.ts'
import { invocationProblem } from './names.ts'

const invocationName = z.string().superRefine((name, { addIssue }) => {
  const problem = invocationProblem(name)
  if (problem !== undefined) addIssue(`${JSON.stringify(name)} is no name for a skill: ${problem}`)
})

/** The parameter in which the key is by which the skill of a stack seals what it asks. */
export function sessionKeyParameter(stack: string): string {
  return `/${stack}/alexa/session-key`
}

/** What `aws.alexa` of `reops.config.ts` may say. */
export const skillSettingsSchema = z.strictObject({
  /** As the developer console shows it; nothing is deployed without it. */
  skillId: z
    .string()
    .regex(
      /^amzn1\.ask\.skill\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
      'a skill has an id like amzn1.ask.skill.00000000-0000-0000-0000-000000000000',
    )
    .optional(),
  /** By which it is called: "Alexa, tell my closet …". */
  invocationName: invocationName.default('my closet'),
  /** The same in other languages, such as `de-DE`. */
  invocationNames: z.partialRecord(z.enum(locales), invocationName).default({}),
})

/** How a skill is called in a language. */
export function invocationNameIn(
  settings: z.output<typeof skillSettingsSchema> | undefined,
  locale: string,
): string {
  const { invocationName: name, invocationNames } = settings ?? skillSettingsSchema.parse({})
  return invocationNames[locale as Locale] ?? name
}
