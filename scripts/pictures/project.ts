import { mkdir, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Makes a project of these flows beside the closet, as somebody has it who installed the package. Answers its folder. */
export async function makeProject(
  { folder, root }: { readonly folder: string; readonly root: string },
  name: string,
  flows: string,
): Promise<string> {
  const project = path.join(folder, name)
  await mkdir(path.join(project, 'flows'), { recursive: true })
  await mkdir(path.join(project, 'node_modules'))
  await symlink(root, path.join(project, 'node_modules/re-ops'))
  await symlink(path.join(root, 'node_modules/zod'), path.join(project, 'node_modules/zod'))
  await writeFile(path.join(project, 'flows/index.ts'), flows)
  return project
}
