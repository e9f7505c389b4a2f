/** A file's hash from a worker of its own; in the page itself where there are no workers. */

import type { Asked, Told } from "./hash.worker";
import { sha256 } from "./sha256";

interface Waiting { file: Blob; onBytes: (read: number) => void; done: (digest: string) => void; failed: (error: Error) => void }

const waiting = new Map<number, Waiting>();
let worker: Worker | null = null;
let last = 0;

function started(): Worker | null {
  if (worker || typeof Worker === "undefined") return worker;
  worker = new Worker(new URL("./hash.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Told>) => {
    const one = waiting.get(data.id);
    if (!one) return;
    if ("read" in data) return one.onBytes(data.read);
    waiting.delete(data.id);
    if ("digest" in data) one.done(data.digest);
    else one.failed(new Error(data.why));
  };
  worker.onerror = () => broken();
  return worker;
}

/** A worker that cannot run (blocked, out of memory) hands its files to the page. */
function broken(): void {
  worker?.terminate();
  worker = null;
  for (const [id, one] of waiting) {
    waiting.delete(id);
    sha256(one.file, one.onBytes).then(one.done, one.failed);
  }
}

export function digestOf(file: Blob, onBytes: (read: number) => void, signal: AbortSignal): Promise<string> {
  const beside = started();
  if (!beside) return sha256(file, onBytes, () => signal.aborted);
  const id = ++last;
  return new Promise((done, failed) => {
    waiting.set(id, { file, onBytes, done, failed });
    beside.postMessage({ id, file } satisfies Asked);
    signal.addEventListener("abort", () => {
      if (!waiting.delete(id)) return;
      beside.postMessage({ id, file: null } satisfies Asked);
      failed(new DOMException("stopped", "AbortError"));
    });
  });
}
