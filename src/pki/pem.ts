/** One block between `-----BEGIN label-----` and `-----END label-----`. */
export interface PemBlock {
  readonly label: string;
  readonly der: Buffer;
  /** The `DEK-Info` header of a traditionally encrypted key: cipher and initial vector. */
  readonly cipher?: string;
}

export interface PemScan {
  readonly blocks: readonly PemBlock[];
  /** Labels of blocks that have no end, or whose content is not base64. */
  readonly damaged: readonly string[];
}

/**
 * Finds every PEM block in a file, however it was put together: in any order, with text and blank lines between and
 * inside blocks, with any line ends, with a byte order mark, in UTF-16 as Windows writes it, or with two files
 * glued together without a line end. Takes time linear in the size of the file.
 */
export function scanPem(bytes: Uint8Array): PemScan {
  const text = decode(bytes);
  const blocks: PemBlock[] = [];
  const damaged: string[] = [];
  const marker = /-----(BEGIN|END) ([A-Z0-9][A-Z0-9 ]{0,39})-----/g;
  let open: { label: string; start: number } | undefined;
  for (let match = marker.exec(text); match !== null; match = marker.exec(text)) {
    const [whole, kind, label = ''] = match;
    if (kind === 'BEGIN') {
      if (open !== undefined) damaged.push(open.label);
      open = { label, start: match.index + whole.length };
    } else if (open !== undefined) {
      const block = open.label === label ? readBlock(label, text.slice(open.start, match.index)) : undefined;
      if (block === undefined) damaged.push(open.label);
      else blocks.push(block);
      open = undefined;
    }
  }
  if (open !== undefined) damaged.push(open.label);
  return { blocks, damaged };
}

/** Writes a block in its one canonical form. */
export function formatPem(block: PemBlock): string {
  const lines = block.der.toString('base64').match(/.{1,64}/g) ?? [];
  const headers =
    block.cipher === undefined ? [] : ['Proc-Type: 4,ENCRYPTED', `DEK-Info: ${block.cipher}`, ''];
  return [`-----BEGIN ${block.label}-----`, ...headers, ...lines, `-----END ${block.label}-----`, ''].join(
    '\n',
  );
}

function readBlock(label: string, body: string): PemBlock | undefined {
  const lines = body.split(/\r\n|\n|\r/);
  let cipher: string | undefined;
  let content = '';
  for (const line of lines) {
    const trimmed = line.trim();
    // Base64 has no colon, so a line with one is a header.
    if (!trimmed.includes(':')) content += trimmed;
    else cipher = /^DEK-Info:\s*([A-Za-z0-9-]+,[0-9A-Fa-f]+)$/.exec(trimmed)?.[1] ?? cipher;
  }
  content = content.replaceAll(/\s/g, '');
  if (content === '' || content.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(content)) return undefined;
  const der = Buffer.from(content, 'base64');
  return cipher === undefined ? { label, der } : { label, der, cipher };
}

/** All that matters in PEM is ASCII, so the rest may be read as Latin-1; UTF-16 is recognised by its mark. */
function decode(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer[0] === 0xff && buffer[1] === 0xfe) return buffer.toString('utf16le');
  if (buffer[0] === 0xfe && buffer[1] === 0xff) {
    return Buffer.from(buffer.subarray(0, buffer.length & ~1))
      .swap16()
      .toString('utf16le');
  }
  return buffer.toString('latin1');
}
