/**
 * The most rounds of password stretching a file may ask for. Common tools write 2,048 to 600,000; more would only
 * hold up the controller, and a damaged file could ask for thousands of millions.
 */
const stretchingLimit = 1_000_000;

/**
 * True when an encrypted key or a PKCS#12 file asks for more rounds than {@link stretchingLimit}. Every other
 * integer of such a file is either tiny (a version, a length) or longer than eight bytes (part of a key), so the
 * structure need not be understood, only walked.
 *
 * @param der the file in DER or BER form; anything else gives false
 */
export function stretchesTooMuch(der: Uint8Array): boolean {
  let at = 0;
  while (at + 2 <= der.length) {
    const tag = der[at] ?? 0;
    const header = readLength(der, at + 1);
    if (header === undefined) return false;
    const { start, length } = header;
    const end = start + length;
    if (tag === 0x02 && length > 0 && length <= 8) {
      let value = 0;
      for (let i = start; i < end; i += 1) value = value * 256 + (der[i] ?? 0);
      if (value > stretchingLimit) return true;
    }
    const constructed = (tag & 0x20) !== 0;
    const wrapped = tag === 0x04 && holdsSequence(der, start, end);
    at = constructed || wrapped ? start : end;
  }
  return false;
}

/** Length 0 is also given for the indefinite form, whose content is walked like the rest. */
function readLength(der: Uint8Array, at: number): { start: number; length: number } | undefined {
  const first = der[at];
  if (first === undefined) return undefined;
  if (first < 0x80) return { start: at + 1, length: first };
  const count = first & 0x7f;
  if (count > 4) return undefined;
  let length = 0;
  for (let i = 1; i <= count; i += 1) length = length * 256 + (der[at + i] ?? 0);
  return { start: at + 1 + count, length };
}

/** PKCS#12 nests its structure in octet strings. Encrypted content must not be mistaken for structure. */
function holdsSequence(der: Uint8Array, start: number, end: number): boolean {
  if (der[start] !== 0x30) return false;
  if (der[start + 1] === 0x80) return der[start + 2] === 0x30;
  const inner = readLength(der, start + 1);
  return inner !== undefined && inner.start + inner.length === end;
}
