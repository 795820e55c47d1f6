// As much of a Redis client as the test matrix needs.

import { once } from 'node:events'
import { connect } from 'node:net'

export class Redis {
  #socket
  #received = Buffer.alloc(0)

  /** Connects to `host:port`. */
  static async connect (address) {
    const at = address.lastIndexOf(':')
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) })
    await once(socket, 'connect')
    return new Redis(socket)
  }

  constructor (socket) {
    this.#socket = socket
  }

  /** Sends a command and returns the reply: text, number, null or a list of them. */
  async command (...words) {
    const parts = words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
    this.#socket.write(`*${words.length}\r\n${parts.join('')}`)
    return this.#reply()
  }

  async #reply () {
    const line = await this.#line()
    const rest = line.slice(1)
    switch (line[0]) {
      case '+': return rest
      case ':': return Number(rest)
      case '-': throw new Error(`Redis: ${rest}`)
      case '$': return this.#text(Number(rest))
      case '*': return this.#list(Number(rest))
      default: throw new Error(`Redis: a reply that begins with ${line[0]}`)
    }
  }

  async #text (length) {
    if (length < 0) {
      return null
    }
    const bytes = await this.#take(length + 2)
    return bytes.subarray(0, length).toString()
  }

  async #list (length) {
    if (length < 0) {
      return null
    }
    const items = []
    for (let i = 0; i < length; i++) {
      items.push(await this.#reply())
    }
    return items
  }

  async #line () {
    let end = this.#received.indexOf('\r\n')
    while (end < 0) {
      await this.#more()
      end = this.#received.indexOf('\r\n')
    }
    const line = await this.#take(end + 2)
    return line.subarray(0, end).toString()
  }

  async #take (length) {
    while (this.#received.length < length) {
      await this.#more()
    }
    const taken = this.#received.subarray(0, length)
    this.#received = this.#received.subarray(length)
    return taken
  }

  async #more () {
    const [bytes] = await once(this.#socket, 'data')
    this.#received = Buffer.concat([this.#received, bytes])
  }
}
