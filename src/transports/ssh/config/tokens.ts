import os from 'node:os'
import path from 'node:path'
import { InvalidConfig } from '../../../core/errors.ts'
import { localUser } from '../local-user.ts'
import { expandHome } from '../options.ts'

/** What the percent tokens of an ssh configuration stand for. */
export interface Tokens {
  /** `%h`: the host's address, `%n`: its name as it was asked for. */
  readonly host: string
  readonly name: string
  readonly port: number
  readonly user: string
  readonly home: string
}

/**
 * Replaces `%h %n %p %r %u %d %i %l %L %k %%`. Throws `InvalidConfig` for a token that OpenSSH has and we have not.
 *
 * @example
 * expandTokens('%h.closet', tokens) // foo.closet
 */
export function expandTokens(text: string, tokens: Tokens): string {
  return text.replaceAll(/%(.?)/gs, (token, letter: string) => {
    const value = meaningOf(letter, tokens)
    if (value === undefined)
      throw new InvalidConfig(`${JSON.stringify(text)} in the ssh configuration: ${token} is not supported`)
    return value
  })
}

function meaningOf(letter: string, tokens: Tokens): string | undefined {
  switch (letter) {
    case '%':
      return '%'
    case 'h':
      return tokens.host
    case 'k':
    case 'n':
      return tokens.name
    case 'p':
      return String(tokens.port)
    case 'r':
      return tokens.user
    case 'u':
      return localUser()
    case 'd':
      return tokens.home
    case 'i':
      return String(process.getuid?.() ?? '')
    case 'l':
      return os.hostname()
    case 'L':
      return os.hostname().split('.')[0]
  }
  return undefined
}

/** Expands a path: `${VAR}` from the environment, tokens, `~`. A relative path is taken from the home folder. */
export function expandPath(text: string, tokens: Tokens): string {
  const filled = text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) => {
    const value = process.env[name]
    if (value === undefined)
      throw new InvalidConfig(
        `${JSON.stringify(text)} in the ssh configuration: ${whole} is not in the environment`,
      )
    return value
  })
  return path.resolve(tokens.home, expandHome(expandTokens(filled, tokens), tokens.home))
}
