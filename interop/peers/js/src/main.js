// A peer of the interoperability suites, made of js-libp2p. See ../../PROTOCOL.md for
// what it understands.

import { run as control } from './control.js'
import { run as matrix } from './matrix.js'

const [mode = 'control', suite] = process.argv.slice(2)

process.on('unhandledRejection', error => console.error('unhandled rejection:', error))

if (mode === 'control' && suite == null) {
  await control()
} else if (mode === 'matrix' && (suite === 'transport' || suite === 'perf')) {
  try {
    await matrix(suite)
    process.exit(0)
  } catch (error) {
    console.error(error)
    process.exit(1)
  }
} else {
  console.error('usage: peer [control | matrix transport | matrix perf]')
  process.exit(2)
}
