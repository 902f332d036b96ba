import process from 'node:process'
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node'

type Counts = { passed: number; failed: number; skipped: number }

/**
 * Ends a run of the tests: names every test and service that was left out and why, and prints
 * `N passed, N failed, N skipped` as the very last line. A run that fails outside a test (an error that
 * nobody caught, something left behind) counts as one failure. With REOPS_REQUIRE_ALL=1 leaving anything
 * out fails the run.
 */
export class ClosingLine implements Reporter {
  readonly #requireAll = process.env.REOPS_REQUIRE_ALL === '1'
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 }

  onInit(): void {
    // At exit, because vitest and the global teardown still have something to say after the last test.
    process.once('exit', code => this.#close(code))
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const tests = modules.flatMap(module => [...module.children.allTests()])
    const broken = modules.filter(module => module.errors().length > 0).length
    const leftOut = tests.filter(test => test.result().state === 'skipped')
    this.#counts = {
      passed: tests.filter(test => test.result().state === 'passed').length,
      failed: tests.filter(test => test.result().state === 'failed').length + broken + errors.length,
      skipped: leftOut.length,
    }
    this.#name(leftOut)
  }

  #name(tests: TestCase[]): void {
    const lines = [
      ...missingServices().map(({ what, why }) => `left out: ${what}: ${why}`),
      ...tests.map(
        test => `skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${whySkipped(test)}`,
      ),
    ]
    if (lines.length === 0) return
    if (this.#requireAll) {
      lines.push('REOPS_REQUIRE_ALL=1: nothing may be left out, so this run has failed')
      process.exitCode = 1
    }
    process.stdout.write(`${lines.join('\n')}\n\n`)
  }

  #close(code: number): void {
    const { passed, failed, skipped } = this.#counts
    const shown = code !== 0 && failed === 0 ? 1 : failed
    process.stdout.write(`${passed} passed, ${shown} failed, ${skipped} skipped\n`)
  }
}

function missingServices(): { what: string; why: string }[] {
  return JSON.parse(process.env.REOPS_LEFT_OUT ?? '[]')
}

function whySkipped(test: TestCase): string {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  return test.meta().leftOut ?? note ?? 'no reason given (use needs() or leaveOut() of test/support/needs.ts)'
}
