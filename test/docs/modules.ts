import type { Block } from './blocks.ts'

/**
 * A module made of one block and those that continue it, `name`d from the root of the reader's project.
 * Line n of its code is line `lines[n]` of the page.
 */
export type DocModule = { page: string; name: string; named: boolean; code: string; lines: number[] }

/**
 * Makes modules of the TypeScript blocks of one page. Each block is a module of its own, unless it says
 * `continues`: then it belongs to the one before. A first line `// file: flows/uptime.ts` names the module,
 * so that other blocks can import it and the page's commands find it.
 *
 * @throws when a block continues nothing, or two blocks have the same name
 */
export function modulesOf(blocks: Block[]): DocModule[] {
  const modules: DocModule[] = []
  for (const [index, block] of blocks.filter(({ language }) => language === 'ts').entries()) {
    const code = block.code.split('\n').slice(0, -1)
    const lines = code.map((_, offset) => block.line + offset)
    const before = modules.at(-1)
    if (block.words.includes('continues')) {
      if (!before) throw new Error(`${block.page}:${block.line}: this block continues nothing`)
      before.code += `\n${code.join('\n')}`
      before.lines.push(...lines)
    } else {
      const name = nameOf(code[0])
      if (name !== undefined && modules.some(other => other.name === name)) {
        throw new Error(`${block.page}:${block.line}: another block of this page is ${name} already`)
      }
      const module = { page: block.page, name: name ?? `block-${index + 1}.ts`, named: name !== undefined }
      modules.push({ ...module, code: code.join('\n'), lines })
    }
  }
  return modules
}

function nameOf(firstLine: string | undefined): string | undefined {
  return firstLine?.match(/^\/\/ file: (\S+)\s*$/)?.[1]
}
