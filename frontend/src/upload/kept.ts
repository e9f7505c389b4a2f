/** Uploads that did not end, kept by the browser over a reload: paths, hashes, where they were going. */

import type { Target } from "./deliver";
import type { Named } from "./files";

export interface KeptFile { path: string; size: number; modified: number; sha256: string | null }
export interface Kept { id: string; target: Target; name: string; at: number; files: KeptFile[] }
export interface Keeper {
  all: () => Promise<Kept[]>;
  put: (kept: Kept) => Promise<void>;
  drop: (id: string) => Promise<void>;
}

const STORE = "uploads";

function opened(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open("kizu", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error("no database"));
  });
}

async function asked<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await opened();
  try {
    return await new Promise<T>((done, failed) => {
      const request = act(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error ?? new Error("refused"));
    });
  } finally {
    database.close();
  }
}

/** The browser's database. Where it is closed to us (a private window), nothing outlives a reload. */
export const browserKeeper: Keeper = {
  all: () => asked<Kept[]>("readonly", (store) => store.getAll() as IDBRequest<Kept[]>).catch(() => []),
  put: (kept) => asked("readwrite", (store) => store.put(kept)).then(() => undefined, () => undefined),
  drop: (id) => asked("readwrite", (store) => store.delete(id)).then(() => undefined, () => undefined),
};

const same = (kept: KeptFile, { file }: Named) => kept.size === file.size && kept.modified === file.lastModified;

/** The hashes of files that are still as they were; null when these are altogether other files. */
export function recognised(kept: Kept, files: Named[]): Map<string, string> | null {
  const known = new Map(kept.files.map((file) => [file.path, file]));
  const digests = new Map<string, string>();
  let met = 0;
  for (const named of files) {
    const before = known.get(named.path);
    if (!before || !same(before, named)) continue;
    met += 1;
    if (before.sha256) digests.set(named.path, before.sha256);
  }
  return met ? digests : null;
}
