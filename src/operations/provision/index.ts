export { type DirectoryOptions, directory } from './directory.ts'
export { type FileOptions, file } from './file.ts'
export { type LineOptions, lineInFile } from './line-in-file.ts'
export { type PackagesOptions, packages } from './packages.ts'
export { type ProvisionOptions, provision } from './provision.ts'
export {
  type AboutResource,
  type Changed,
  type CommonOptions,
  type InPipe,
  type ResourceOptions,
  resource,
} from './resource.ts'
export { type ScriptOnceOptions, scriptOnce } from './script-once.ts'
export { type ServiceOptions, service } from './service.ts'
export { type SymlinkOptions, symlink } from './symlink.ts'
export { type TemplateOptions, template } from './template.ts'
export { types } from './types.ts'
export { type UserOptions, user } from './user.ts'
export { whenChanged } from './when-changed.ts'
