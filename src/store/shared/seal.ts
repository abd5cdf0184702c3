import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Failure } from '../../kernel/failure.ts';
import { Secret } from '../../kernel/secret.ts';

/** Of the layout below. */
const format = 1;
/** In bytes: of a key, and of the parts of a sealed record in their order, before the content. */
const keyLength = 32;
const nameLength = 8;
const nonceLength = 12;
const tagLength = 16;
const headLength = 1 + nameLength + nonceLength + tagLength;

interface SealKey {
  /** The beginning of its SHA-256: says which key it was, and nothing of the key. */
  readonly name: Buffer;
  readonly bytes: Secret<Buffer>;
}

/**
 * Seals records before they leave the machine, AES-256 in Galois/Counter Mode, NIST SP 800-38D: nobody without the key
 * reads one, changes one, or puts one in the place of another.
 */
export class Seal {
  readonly #first: SealKey;
  readonly #keys: readonly SealKey[];

  private constructor(first: SealKey, keys: readonly SealKey[]) {
    this.#first = first;
    this.#keys = keys;
  }

  /**
   * Reads the text of a file of keys: one a line, 32 bytes in Base64; empty lines and those with `#` are left out. The
   * first seals, all of them open, so that keys can be changed while several nodes run.
   * @param file to be named in a refusal
   * @throws Failure `seal-key-unusable`
   */
  static of(text: string, file: string): Seal {
    const lines = text.split('\n').map((line) => line.trim());
    const keys = lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): SealKey => {
        const bytes = Buffer.from(line, 'base64');
        if (bytes.length !== keyLength || bytes.toString('base64') !== line) throw unusable(file);
        const name = createHash('sha256').update(bytes).digest().subarray(0, nameLength);
        return { name, bytes: new Secret(bytes) };
      });
    const [first] = keys;
    if (first === undefined) throw unusable(file);
    return new Seal(first, keys);
  }

  /** @param place where the record will be; it opens nowhere else */
  seal(content: Uint8Array, place: string): Uint8Array {
    const nonce = randomBytes(nonceLength);
    const { name, bytes } = this.#first;
    const cipher = createCipheriv('aes-256-gcm', bytes.reveal(), nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(content), cipher.final()]);
    return Buffer.concat([Buffer.of(format), name, nonce, cipher.getAuthTag(), sealed]);
  }

  /** @throws Failure `store-unreadable` when it was not sealed for this place, or by a key that is not here */
  open(record: Uint8Array, place: string): Uint8Array {
    const bytes = Buffer.from(record);
    if (bytes[0] !== format || bytes.length < headLength)
      throw unreadable(place, 'it was not sealed by Aorta');
    const [name, nonce, tag] = [
      bytes.subarray(1, 1 + nameLength),
      bytes.subarray(1 + nameLength, 1 + nameLength + nonceLength),
      bytes.subarray(headLength - tagLength, headLength),
    ];
    const key = this.#keys.find((one) => one.name.equals(name));
    if (key === undefined) throw unreadable(place, 'it was sealed by another key');
    const decipher = createDecipheriv('aes-256-gcm', key.bytes.reveal(), nonce, { authTagLength: tagLength })
      .setAAD(Buffer.from(place))
      .setAuthTag(tag);
    try {
      return Buffer.concat([decipher.update(bytes.subarray(headLength)), decipher.final()]);
    } catch {
      throw unreadable(place, 'it was changed since it was sealed');
    }
  }
}

/** The text of a new file of keys. */
export function newSealKey(): Secret {
  return new Secret(`${randomBytes(keyLength).toString('base64')}\n`);
}

function unusable(file: string): Failure {
  return new Failure(
    'seal-key-unusable',
    `${file} holds no key for the shared store`,
    'take the store.seal that `aorta pair keys` made, the same on all nodes',
  );
}

function unreadable(place: string, why: string): Failure {
  return new Failure(
    'store-unreadable',
    `the record ${place} of the shared store cannot be opened: ${why}`,
    'give all nodes the same store.seal; to begin the store anew, remove what is in it',
  );
}
