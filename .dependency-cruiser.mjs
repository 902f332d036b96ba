/**
 * Who may import whom. The language and its ports (core) stand alone; the layers meet only there; roots
 * wire the layers together and nobody imports a root. scripts/house/dependency-rules.mjs runs this and
 * test/house proves that every rule catches what it forbids.
 */

const layers = 'compile|executor|operations|providers|transports|triggers|state'
const ours = '^(src|flows|functions|onprem-bridge|infra|bin|scripts|test|bench)/'

/** @typedef {import('dependency-cruiser').IRegularForbiddenRuleType} Rule */

/**
 * A package wherever it is installed, its types included, or its bare name where it is not.
 *
 * @param {string} names
 */
const packages = names => `(^|node_modules/)(@types/)?(${names})(/|$)`

/**
 * One package, kept to the folders that wrap it; tests and benches may reach for anything.
 *
 * @param {string} name
 * @param {string} names
 * @param {string} folders
 * @param {string} comment
 * @returns {Rule}
 */
const only = (name, names, folders, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { pathNot: `^(test|bench|${folders})/` },
  to: { path: packages(names) },
})

/** @type {Rule[]} */
const boundaries = [
  {
    name: 'core-stands-alone',
    severity: 'error',
    comment: 'The language and its ports import nothing else of ours.',
    from: { path: '^src/core/' },
    to: { path: ours, pathNot: '^src/core/' },
  },
  {
    name: 'core-does-no-io',
    severity: 'error',
    comment: 'The world is reached through the ports of a context, which a root wires.',
    from: { path: '^src/core/' },
    to: { path: '^(node:)?(fs|net|tls|http|https|http2|dgram|dns|child_process|worker_threads|sqlite)(/|$)' },
  },
  {
    name: 'layers-meet-in-core',
    severity: 'error',
    comment: 'A layer imports itself and core; what it needs of another layer is a port of core.',
    from: { path: `^src/(${layers})/` },
    to: { path: ours, pathNot: '^src/(core|$1)/' },
  },
  {
    name: 'index-is-for-authors',
    severity: 'error',
    comment: "What a flow's author imports must bundle without transports and executor.",
    from: { path: '^src/index\\.ts$' },
    to: { path: ours, pathNot: '^src/(core|operations|compile)/' },
  },
  {
    name: 'flows-use-the-public-index',
    severity: 'error',
    comment: "A flow imports what any user's project could.",
    from: { path: '^flows/' },
    to: { path: ours, pathNot: '^(flows/|src/index\\.ts$|src/core/config\\.ts$)' },
  },
  {
    name: 'nobody-imports-a-root',
    severity: 'error',
    comment: 'Roots are started, not imported. The local wiring (src/run) serves the command alone.',
    from: { pathNot: '^(test|bench|bin|functions|onprem-bridge|infra|src/cli|src/run)/' },
    to: { path: '^(src/cli|src/run|functions|onprem-bridge|infra)/' },
  },
  {
    name: 'roots-stay-apart',
    severity: 'error',
    comment: 'A root imports itself and the layers, never another root but the local wiring.',
    from: { path: '^(src/cli|src/run|functions|onprem-bridge|infra)/' },
    to: { path: '^(src/cli|functions|onprem-bridge|infra|bin)/', pathNot: '^$1/' },
  },
  {
    name: 'sources-leave-the-workshop-alone',
    severity: 'error',
    comment: 'What is shipped imports no test, bench or script.',
    from: { pathNot: '^(test|bench|scripts)/|^[^/]+$' },
    to: { path: '^(test|bench|scripts)/' },
  },
]

const wrappedPackages = [
  only('ssh-in-transports', 'ssh2|ssh-config', 'src/transports', 'SSH is one transport among others.'),
  only('zeromq-at-the-wire', 'zeromq', 'src/transports|onprem-bridge', 'Sockets belong to the wire.'),
  only('cdk-in-infra', 'aws-cdk-lib|constructs', 'infra', 'Deployment is described in one place.'),
  only('middy-in-functions', '@middy', 'functions', "Middleware is the Lambda edge's."),
  only(
    'aws-sdk-at-the-edges',
    '@aws-sdk',
    'src/state|src/providers|src/transports|src/run|functions|onprem-bridge',
    "AWS's clients stay behind ports; what a flow's author imports bundles without them.",
  ),
  only('mqtt-in-triggers', 'mqtt', 'src/triggers', 'Sensors talk to a broker in one place.'),
  only('jsonata-in-two-layers', 'jsonata', 'src/executor|src/compile', 'Others hand expressions on as text.'),
]

/** @type {Rule[]} */
const hygiene = [
  {
    name: 'properties-draw-one-way',
    severity: 'error',
    comment:
      'test/support/fast-check.ts says which cases are drawn, so that a run which passed passes again.',
    from: { pathNot: '^test/support/fast-check\\.ts$' },
    to: { path: packages('fast-check') },
  },
  {
    name: 'no-cycles',
    severity: 'error',
    comment: 'A cycle, of types too, means that two files are one idea or that one knows too much.',
    from: {},
    to: { circular: true },
  },
  {
    name: 'imports-resolve',
    severity: 'error',
    comment: 'The file or package does not exist.',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'shipped-code-needs-dependencies',
    severity: 'error',
    comment: 'A dev dependency is not there when the package is installed; move it to dependencies.',
    from: { path: '^(src|flows|bin|functions|infra|onprem-bridge)/' },
    to: {
      dependencyTypes: ['npm-dev'],
      dependencyTypesNot: ['type-only'],
      pathNot: '(^|/)node_modules/@types/',
    },
  },
]

export default {
  forbidden: [...boundaries, ...wrappedPackages, ...hygiene],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^test/compile/fixtures/' },
    // Imports of types alone are dependencies too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.d.ts', '.json'],
    },
  },
}
