import { defineConfig } from 'vitest/config'
import { ClosingLine } from './test/support/closing-line.ts'

export default defineConfig({
  test: {
    environment: 'node',
    // What needs more than a newcomer's machine should be given is asked for: npm run test:outside.
    include: [process.env.REOPS_OUTSIDE === '1' ? 'test/**/*.outside.ts' : 'test/**/*.test.ts'],
    globals: false,
    // Real processes are tested: a worker must be one too, with its own signals, cwd and children.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    teardownTimeout: 15_000,
    dangerouslyIgnoreUnhandledErrors: false,
    globalSetup: ['test/support/leftovers.ts'],
    reporters: ['default', new ClosingLine()],
  },
})
