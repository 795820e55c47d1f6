// Why a request failed, in the words of the control protocol.

export class Failure extends Error {
  constructor (kind, message) {
    super(message)
    this.kind = kind
  }
}

const KINDS = {
  AbortError: 'timeout',
  TimeoutError: 'timeout',
  UnexpectedPeerError: 'peerId',
  UnsupportedProtocolError: 'protocol',
  StreamResetError: 'reset'
}

/** The kind of an error that a stream or the stack ended with. */
export function kindOf (error) {
  return error.kind ?? KINDS[error.name] ?? 'closed'
}

// Noise, TLS and QUIC each say in their own words that another peer answered.
const OTHER_PEER = /does not match expected remote identity|Unexpected Peer|Dialed peer .* but connected to/i

/** The kind of an error that dialing ended with. */
export function dialFailure (error) {
  const causes = [error, ...(error.errors ?? []), error.cause].filter(cause => cause != null)
  const kinds = causes.map(cause => OTHER_PEER.test(cause.message) ? 'peerId' : KINDS[cause.name])
  const kind = kinds.find(kind => kind === 'peerId') ?? kinds.find(kind => kind === 'timeout') ?? 'dial'
  return new Failure(kind, causes.map(cause => `${cause.name}: ${cause.message}`).join('; '))
}
