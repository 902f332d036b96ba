import { dirname, join, relative } from 'node:path'
import ts from 'typescript'
import type { DocModule } from './modules.ts'

/** Where the pages' modules seem to lie: a folder a page, so that blocks of different pages never meet. */
const pagesFolder = '.doc-blocks'

/**
 * Type-checks modules that exist in memory only, as if they lay in the project: `re-ops` is the project
 * itself, the project's flows are beside them and its strictness holds. All in one program, because
 * starting it is what costs.
 *
 * @returns one sentence per mistake, with the page and the line where a reader finds it
 */
export function typecheck(root: string, modules: DocModule[]): string[] {
  const options = projectOptions(root)
  const virtual = new Map(modules.map(module => [pathOf(root, module), module]))
  const host = withFiles(root, ts.createCompilerHost(options), virtual)
  const program = ts.createProgram([...virtual.keys()], options, host)
  return [...virtual].flatMap(([path, module]) => {
    const file = program.getSourceFile(path)
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return found.map(one => describe(one, module))
  })
}

/** Every block is a module, so that it may await and its names are its own. */
function projectOptions(root: string): ts.CompilerOptions {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  if (error) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'))
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root)
  return { ...options, moduleDetection: ts.ModuleDetectionKind.Force }
}

function pathOf(root: string, { page, name }: DocModule): string {
  return join(root, pagesFolder, page.replaceAll('/', '-'), name)
}

/** Parsed files of the project and of its packages, which every program needs again. */
const parsed = new Map<string, ts.SourceFile | undefined>()

function withFiles(
  root: string,
  host: ts.CompilerHost,
  files: ReadonlyMap<string, DocModule>,
): ts.CompilerHost {
  const folders = new Set([...files.keys()].map(path => dirname(path)))
  /** A flow that the page doesn't show is the project's own. */
  const real = (path: string) => {
    const [page, ...rest] = relative(join(root, pagesFolder), path).split('/')
    return page !== '..' && rest[0] === 'flows' && !files.has(path) ? join(root, ...rest) : path
  }
  return {
    ...host,
    fileExists: path => files.has(path) || host.fileExists(real(path)),
    readFile: path => files.get(path)?.code ?? host.readFile(real(path)),
    directoryExists: path => folders.has(path) || (host.directoryExists?.(real(path)) ?? true),
    getSourceFile: (path, settings) => {
      const virtual = files.get(path)
      if (virtual) return ts.createSourceFile(path, virtual.code, settings)
      if (!parsed.has(path)) {
        const code = host.readFile(real(path))
        parsed.set(path, code === undefined ? undefined : ts.createSourceFile(path, code, settings))
      }
      return parsed.get(path)
    },
  }
}

function describe(diagnostic: ts.Diagnostic, module: DocModule): string {
  const offset = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0
  const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
  return `${module.page}:${module.lines[offset] ?? 1}: ${text} (TS${diagnostic.code})`
}
