/** SHA-256 (FIPS 180-4), piece by piece: a file of any size needs the memory of one piece. */

const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  const isPrime = (n: number) => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
    return true;
  };
  const bits = (x: number) => (x - Math.floor(x)) * 2 ** 32;
  let n = 2;
  for (let i = 0; i < 64; n++) {
    if (!isPrime(n)) continue;
    if (i < 8) START[i] = bits(Math.sqrt(n));
    K[i++] = bits(Math.cbrt(n));
  }
}

const BLOCK = 64;

export class Sha256 {
  private readonly h = new Uint32Array(START);
  private readonly w = new Int32Array(BLOCK);
  private readonly rest = new Uint8Array(2 * BLOCK);
  private waiting = 0; // bytes in `rest`
  private length = 0;

  update(data: Uint8Array): this {
    this.length += data.length;
    let at = 0;
    if (this.waiting) {
      at = Math.min(BLOCK - this.waiting, data.length);
      this.rest.set(data.subarray(0, at), this.waiting);
      this.waiting += at;
      if (this.waiting < BLOCK) return this;
      this.blocks(this.rest, 0, BLOCK);
    }
    const end = data.length - ((data.length - at) % BLOCK);
    this.blocks(data, at, end);
    this.rest.set(data.subarray(end));
    this.waiting = data.length - end;
    return this;
  }

  hex(): string {
    const size = this.waiting < BLOCK - 8 ? BLOCK : 2 * BLOCK;
    this.rest.fill(0, this.waiting);
    this.rest[this.waiting] = 0x80;
    const view = new DataView(this.rest.buffer);
    view.setUint32(size - 8, Math.floor(this.length / 2 ** 29));
    view.setUint32(size - 4, (this.length << 3) >>> 0);
    this.blocks(this.rest, 0, size);
    return [...this.h].map((word) => word.toString(16).padStart(8, "0")).join("");
  }

  private blocks(data: Uint8Array, from: number, to: number): void {
    const { w, h } = this;
    for (let at = from; at < to; at += BLOCK) {
      for (let i = 0, j = at; i < 16; i++, j += 4) w[i] = (data[j]! << 24) | (data[j + 1]! << 16) | (data[j + 2]! << 8) | data[j + 3]!;
      for (let i = 16; i < 64; i++) {
        const a = w[i - 15]!, b = w[i - 2]!;
        const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
        const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
        w[i] = (w[i - 16]! + s0 + w[i - 7]! + s1) | 0;
      }
      rounds(h, w);
    }
  }
}

function rounds(h: Uint32Array, w: Int32Array): void {
  let a = h[0]! | 0, b = h[1]! | 0, c = h[2]! | 0, d = h[3]! | 0, e = h[4]! | 0, f = h[5]! | 0, g = h[6]! | 0, k = h[7]! | 0;
  for (let i = 0; i < 64; i++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    k = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
  }
  h[0]! += a; h[1]! += b; h[2]! += c; h[3]! += d; h[4]! += e; h[5]! += f; h[6]! += g; h[7]! += k;
}

const PIECE = 4 * 1024 * 1024; // bytes read at once

/** The hash of a file. `onBytes` hears how far it is; `stopped` is asked between the pieces. */
export async function sha256(file: Blob, onBytes: (read: number) => void = () => undefined, stopped = () => false): Promise<string> {
  if (file.size <= PIECE && globalThis.crypto?.subtle) return native(file);
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE) {
    if (stopped()) throw new DOMException("stopped", "AbortError");
    const piece = new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer());
    hash.update(piece);
    onBytes(Math.min(file.size, at + piece.length));
  }
  return hash.hex();
}

/** The browser's own, where the page came by TLS or from this machine; it wants the file whole. */
async function native(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
