// A certificate that nobody vouches for, X.509 written by hand: Node.js reads certificates
// but makes none.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const HOUR_MS = 3_600_000

// Tags and object identifiers, as DER writes them.
const VERSION = 0xa0
const INTEGER = 0x02
const BIT_STRING = 0x03
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const SEQUENCE = 0x30
const SET = 0x31
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex')
const COMMON_NAME = Buffer.from('0603550403', 'hex')

function der (tag, ...parts) {
  const content = Buffer.concat(parts)
  const size = content.length
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...length]), content])
}

function name (text) {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(text)))))
}

// As YYMMDDhhmmssZ, good until 2049.
function time (ms) {
  return der(UTC_TIME, Buffer.from(`${new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14)}Z`))
}

function bits (bytes) {
  return der(BIT_STRING, Buffer.from([0]), bytes)
}

/** A certificate for a new P-256 key, valid for a day, and the key, both in PEM. */
export function selfSigned () {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
  const serial = randomBytes(8)
  // Neither negative nor longer than it needs to be.
  serial[0] = serial[0] & 0x7f | 0x40
  const now = Date.now()
  const body = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    name('localhost'),
    der(SEQUENCE, time(now - HOUR_MS), time(now + 24 * HOUR_MS)),
    name('localhost'),
    publicKey.export({ type: 'spki', format: 'der' })
  )
  const signed = der(SEQUENCE, body, algorithm, bits(sign('sha256', body, privateKey)))
  const lines = signed.toString('base64').match(/.{1,64}/g)
  return {
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' })
  }
}
