/** As much of gRPC and protocol buffers as etcd's `Put` takes (grpc/doc/PROTOCOL-HTTP2.md, etcd's rpc.proto). */

const keyField = 0x0a
const valueField = 0x12

/** Length-delimited; lengths of one byte. */
const field = (tag: number, bytes: Uint8Array): Buffer => {
  if (bytes.length > 0x7f) throw new Error(`${bytes.length} bytes are too long for a length of one byte`)
  return Buffer.concat([Buffer.of(tag, bytes.length), bytes])
}

/** `PutRequest`. */
export const putRequest = (key: Uint8Array, value: Uint8Array): Buffer =>
  Buffer.concat([field(keyField, key), field(valueField, value)])

/** A message that is not compressed. */
export const framed = (message: Uint8Array): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
