// A stream that is read and written with back-pressure. The stack hands out events: a
// message that comes while nobody listens, or an end that has come already, is easily
// missed, so this listens from the beginning.

import { Failure } from './failure.js'

// Beyond this much unread the other side is asked to wait.
const HIGH_WATER = 256 * 1024

// The stack resets a stream with more unread than this; only what was under way when
// the stream was paused counts.
const MAX_UNREAD = 64 * 1024 * 1024

export class Pipe {
  #stream
  #chunks = []
  #unread = 0
  #ended = false
  #failure = null
  #wake = null

  constructor (stream) {
    this.#stream = stream
    stream.maxReadBufferLength = MAX_UNREAD
    // It would reset a stream that a scenario holds.
    stream.inactivityTimeout = 3_600_000
    stream.addEventListener('message', event => this.#onMessage(event.data))
    stream.addEventListener('end', () => this.#onEnd())
    stream.addEventListener('close', event => this.#onClose(event))
    // After the negotiation the stack may say that the end was reached while it still
    // holds what came behind the protocol id.
    if (stream.readableEnded && stream.readBufferLength === 0) {
      this.#onEnd()
    }
  }

  get stream () {
    return this.#stream
  }

  #onMessage (data) {
    const bytes = data.subarray()
    this.#chunks.push(bytes)
    this.#unread += bytes.byteLength
    if (this.#unread > HIGH_WATER && this.#stream.readStatus === 'readable' && this.#stream.remoteWriteStatus === 'writable') {
      this.#stream.pause()
    }
    if (this.#stream.remoteWriteStatus === 'closed') {
      // A message is all that there was, and no further end is told.
      this.#onEnd()
    }
    this.#notify()
  }

  #onEnd () {
    this.#ended = true
    if (this.#stream.status === 'reset') {
      this.#failure ??= new Failure('reset', 'the other side reset the stream')
    } else if (this.#stream.status === 'aborted') {
      this.#failure ??= new Failure('closed', 'the stream was aborted')
    }
    this.#notify()
  }

  #onClose (event) {
    if (event.error != null) {
      this.#failure ??= event.error
    }
    if (event.error != null || this.#stream.readStatus === 'closed') {
      this.#ended = true
    }
    this.#notify()
  }

  #notify () {
    this.#wake?.()
    this.#wake = null
  }

  /** The next bytes; null at the end; throws if the stream did not end cleanly. */
  async read () {
    while (true) {
      const bytes = this.#chunks.shift()
      if (bytes != null) {
        this.#unread -= bytes.byteLength
        if (this.#unread <= HIGH_WATER / 2 && this.#stream.readStatus === 'paused') {
          this.#stream.resume()
        }
        return bytes
      }
      if (this.#stream.readStatus === 'paused') {
        this.#stream.resume()
        continue
      }
      if (this.#ended) {
        if (this.#failure != null) {
          throw this.#failure
        }
        return null
      }
      await new Promise(resolve => { this.#wake = resolve })
    }
  }

  /** Exactly so many bytes; throws if the stream ends before. */
  async readExactly (length) {
    const result = new Uint8Array(length)
    let have = 0
    while (have < length) {
      const bytes = await this.read()
      if (bytes == null) {
        throw new Failure('closed', `the stream ended after ${have} of ${length} bytes`)
      }
      const taken = bytes.subarray(0, length - have)
      result.set(taken, have)
      have += taken.length
      if (taken.length < bytes.length) {
        this.unread(bytes.subarray(taken.length))
      }
    }
    return result
  }

  /** Gives bytes back, to be read next. */
  unread (bytes) {
    this.#chunks.unshift(bytes)
    this.#unread += bytes.byteLength
  }

  /** Reads to the end and returns how much that was. */
  async drain () {
    let count = 0
    for (let bytes = await this.read(); bytes != null; bytes = await this.read()) {
      count += bytes.length
    }
    return count
  }

  /** Writes; done when the stack has room for more. */
  async write (bytes) {
    this.#stream.send(bytes)
    while (this.#stream.writableNeedsDrain) {
      await this.#drained()
    }
  }

  // The stack's own onDrain waits once only.
  #drained () {
    const stream = this.#stream
    return new Promise((resolve, reject) => {
      function done () {
        stream.removeEventListener('drain', onDrain)
        stream.removeEventListener('close', onClose)
      }
      function onDrain () {
        done()
        // What is queued is sent in a microtask after this event.
        setImmediate(resolve)
      }
      function onClose (event) {
        done()
        reject(event.error ?? new Failure('closed', 'the stream was closed'))
      }
      stream.addEventListener('drain', onDrain)
      stream.addEventListener('close', onClose)
    })
  }

  async closeWrite () {
    await this.#stream.close()
  }

  reset (why = 'as asked') {
    this.#stream.abort(new Error(why))
  }
}
