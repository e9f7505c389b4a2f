/** SHA-256 of a file: the browser's own where it may be used, else in plain code (http without TLS). */

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

const rotate = (x: number, n: number) => (x >>> n) | (x << (32 - n));

/** FIPS 180-4, one pass over the bytes. */
export function plainSha256(data: Uint8Array): string {
  const length = data.length;
  const padded = new Uint8Array((((length + 8) >> 6) + 1) << 6);
  padded.set(data);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const h = new Uint32Array(START);
  const w = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + i * 4);
    for (let i = 16; i < 64; i++) {
      const a = w[i - 15]!, b = w[i - 2]!;
      w[i] = w[i - 16]! + (rotate(a, 7) ^ rotate(a, 18) ^ (a >>> 3)) + w[i - 7]! + (rotate(b, 17) ^ rotate(b, 19) ^ (b >>> 10));
    }
    round(h, w);
  }
  return [...h].map((word) => word.toString(16).padStart(8, "0")).join("");
}

function round(h: Uint32Array, w: Uint32Array): void {
  let [a, b, c, d, e, f, g, k] = h as unknown as [number, number, number, number, number, number, number, number];
  for (let i = 0; i < 64; i++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (k + s1 + ((e & f) ^ (~e & g)) + K[i]! + w[i]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [k, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
  }
  [a, b, c, d, e, f, g, k].forEach((value, i) => (h[i] = (h[i]! + value) | 0));
}

export async function sha256(file: Blob): Promise<string> {
  const data = await file.arrayBuffer();
  if (!globalThis.crypto?.subtle) return plainSha256(new Uint8Array(data));
  const digest = await crypto.subtle.digest("SHA-256", data);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
