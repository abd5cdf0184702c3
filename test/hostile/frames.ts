/** HTTP/2 frames byte by byte (RFC 9113), so that they can be wrong in every way. */

export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
} as const;

export const endStream = 0x1;
export const endHeaders = 0x4;
export const padded = 0x8;
export const withPriority = 0x20;

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** @param length what the frame says of its length, when that is a lie */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer | string = '',
  length?: number,
): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  const start = Buffer.alloc(9);
  start.writeUIntBE(length ?? bytes.length, 0, 3);
  start.writeUInt8(type, 3);
  start.writeUInt8(flags, 4);
  start.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([start, bytes]);
}

export const settings = (...pairs: readonly (readonly [id: number, value: number])[]): Buffer =>
  frame(
    frameTypes.settings,
    0,
    0,
    Buffer.concat(
      pairs.map(([id, value]) => {
        const pair = Buffer.alloc(6);
        pair.writeUInt16BE(id, 0);
        pair.writeUInt32BE(value, 2);
        return pair;
      }),
    ),
  );

export function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

/** A header block: literals that are never indexed (RFC 7541, 6.2.3), names and values as they are. */
export function block(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0x10]), string(name), string(value)]));
}

/** A literal that enters the dynamic table (RFC 7541, 6.2.1). */
export function indexed(name: string, value: string): Buffer {
  return Buffer.concat([Buffer.from([0x40]), string(name), string(value)]);
}

function string(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([integer(bytes.length, 7), bytes]);
}

/** RFC 7541, 5.1, with the bits above the prefix 0. */
export function integer(value: number, prefix: number): Buffer {
  const most = 2 ** prefix - 1;
  if (value < most) return Buffer.from([value]);
  const bytes = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
