// The runtime client is installed without its native build; its module is ours here.
import { registerHooks } from 'node:module'

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== './rapid-client.node') return next(specifier, context)
    return { url: new URL('rapid-client.cjs', import.meta.url).href, format: 'commonjs', shortCircuit: true }
  },
})
