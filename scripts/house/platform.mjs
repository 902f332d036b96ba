/** What names of packages call an operating system, as npm's `os` field does. */
const systems = /\b(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32)\b/

/** What they call a processor; the longer names first, because `arm` begins `arm64`. */
const processors = /\b(wasm32|x64|arm64|arm|ia32|loong64|mips64el|ppc64|riscv64|s390x)\b/

/**
 * The platform that an optional package is built for, read from its name as the fields of npm's lockfile.
 *
 * @param {string} name
 * @returns {{ os?: string[], cpu?: string[], libc?: string[] } | undefined} undefined when it names none
 * @example
 * platformOf('@oxc-parser/binding-linux-riscv64-musl') // { os: ['linux'], cpu: ['riscv64'], libc: ['musl'] }
 */
export function platformOf(name) {
  const os = name.match(systems)?.[0]
  const cpu = name.match(processors)?.[0]
  if (cpu === undefined || (os === undefined && cpu !== 'wasm32')) return undefined
  const libc = name.match(/-(gnu|musl)(?:eabi(?:hf)?)?$/)?.[1]
  return {
    ...(os && { os: [os] }),
    cpu: [cpu],
    ...(os === 'linux' && libc && { libc: [libc === 'gnu' ? 'glibc' : 'musl'] }),
  }
}
