// Many connections, each from a node of its own or from one that made others before.

import { multiaddr } from '@multiformats/multiaddr'
import { kindOf } from './failure.js'
import { createNode } from './node.js'
import { MAX_ERRORS } from './ops.js'

/** Makes connections. Returns the nodes that have to stay, and the answer. */
export async function connectMany (options, { addr, count, concurrency, stay }, signal) {
  const address = multiaddr(addr)
  const nodes = await more(options, stay ? count : concurrency)
  const since = performance.now()
  const errors = []
  let passed = 0
  let next = 0
  async function worker (index) {
    while (next < count) {
      const node = nodes[stay ? next : index]
      next++
      try {
        await connect(node, address, stay, signal)
        passed++
      } catch (error) {
        errors.push(`${kindOf(error)}: ${error.message}`)
      }
    }
  }
  await Promise.all(Array.from({ length: concurrency }, (_, index) => worker(index)))
  const answer = { passed, failed: errors.length, errors: errors.slice(0, MAX_ERRORS), ms: performance.now() - since }
  if (stay) {
    return { nodes, answer }
  }
  await Promise.all(nodes.map(node => node.stop()))
  return { nodes: [], answer }
}

async function connect (node, address, stay, signal) {
  const identified = Promise.withResolvers()
  node.addEventListener('peer:identify', identified.resolve, { once: true })
  const connection = await node.dial(address, { signal })
  signal.addEventListener('abort', () => identified.reject(signal.reason), { once: true })
  await identified.promise
  if (!stay) {
    await node.hangUp(connection.remotePeer)
  }
}

// Nodes like the started one, with keys of their own and without listeners.
async function more (options, count) {
  return Promise.all(Array.from({ length: count }, () => createNode({ ...options, key: null, listen: [] })))
}
