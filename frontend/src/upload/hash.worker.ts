/** Hashes files beside the page, so that the page stays smooth. */

import { sha256 } from "./sha256";

export interface Asked { id: number; file: Blob | null } // null: stop it
export type Told = { id: number; read: number } | { id: number; digest: string } | { id: number; why: string };

const stopped = new Set<number>();
const tell = (told: Told) => self.postMessage(told);

self.onmessage = ({ data: { id, file } }: MessageEvent<Asked>) => {
  if (!file) {
    stopped.add(id);
    return;
  }
  sha256(file, (read) => tell({ id, read }), () => stopped.has(id)).then(
    (digest) => tell({ id, digest }),
    (error: unknown) => tell({ id, why: error instanceof Error ? error.message : String(error) }),
  );
};
