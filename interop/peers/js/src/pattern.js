// The bytes that every request sends: a function of the offset alone.

const LOW = Uint8Array.from({ length: 256 }, (_, i) => (i * 167) & 255)

// What the higher bits of an offset add to the bytes of its block of 256.
function base (offset) {
  const block = Math.floor(offset / 256)
  return ((block % 256) * 13 + (Math.floor(block / 256) % 256) * 7) & 255
}

/** A new buffer with what begins at an offset. */
export function pattern (offset, length) {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length;) {
    const add = base(offset + i)
    let low = (offset + i) % 256
    for (; low < 256 && i < length; low++, i++) {
      bytes[i] = LOW[low] + add
    }
  }
  return bytes
}

/** Whether the bytes are the ones that begin at an offset. */
export function matches (offset, bytes) {
  return Buffer.compare(bytes, pattern(offset, bytes.length)) === 0
}
