/**
 * Whether rsync's exclude patterns leave a path out. `path` is relative to the tree. A pattern with a slash at its start
 * is anchored at the tree, one with a slash within is matched against the end of the path, one without against the last
 * name; a slash at its end means folders only. `*` and `?` stop at slashes, `**` doesn't, `[…]` is a set.
 */
export function excluder(patterns: readonly string[]): (path: string, folder: boolean) => boolean {
  const tests = patterns.map(compile)
  return (path, folder) => tests.some(test => test(path, folder))
}

function compile(pattern: string): (path: string, folder: boolean) => boolean {
  const foldersOnly = pattern.endsWith('/')
  const text = foldersOnly ? pattern.slice(0, -1) : pattern
  const anchored = text.startsWith('/')
  const body = anchored ? text.slice(1) : text
  // `folder/***` is the folder and all that is in it; leaving the folder out leaves all of it out.
  const glob = translate(body.endsWith('/***') ? body.slice(0, -4) : body)
  const test = new RegExp(`${anchored ? '^' : '(?:^|/)'}${glob}$`, 's')
  return (path, folder) => (!foldersOnly || folder) && test.test(path)
}

function translate(glob: string): string {
  let out = ''
  for (let at = 0; at < glob.length; at++) {
    const rest = glob.slice(at)
    const set = /^\[(!|\^)?(\]?[^\]]*)\]/.exec(rest)
    if (rest.startsWith('**')) {
      out += '.*'
      at += rest.startsWith('***') ? 2 : 1
    } else if (rest[0] === '*') out += '[^/]*'
    else if (rest[0] === '?') out += '[^/]'
    else if (set) {
      out += `[${set[1] ? '^' : ''}${set[2]!.replaceAll(/[\\\]^]/g, '\\$&')}]`
      at += set[0].length - 1
    } else if (rest[0] === '\\' && rest.length > 1) {
      out += escaped(rest[1]!)
      at++
    } else out += escaped(rest[0]!)
  }
  return out
}

function escaped(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
