/** Sends files by their hash: what is there already is skipped, so that it goes on where it stopped. */

import { api, ApiProblem, send } from "../api/client";
import type { Named } from "./files";
import { problemWords } from "../words/problems";
import { sha256 } from "./sha256";

export type Phase = "idle" | "hashing" | "sending" | "paused" | "done" | "failed";
export interface Progress {
  phase: Phase;
  hashed: number;
  sent: number;
  skipped: number;
  total: number;
  bytes: number;
  bytesSent: number;
  failed: { path: string; why: string }[];
  now: string[];
}
export interface Entry { path: string; sha256: string }

const PARALLEL = 4;
const ASK = 500; // hashes a question
const TRIES = 5;
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));

export class Uploader {
  progress: Progress;
  entries: Entry[] = [];
  private stopped = false;
  private digests = new Map<string, string>();

  constructor(
    private readonly files: Named[],
    private readonly onProgress: (progress: Progress) => void,
    private readonly pause = wait,
  ) {
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    this.progress = { phase: "idle", hashed: 0, sent: 0, skipped: 0, total: files.length, bytes, bytesSent: 0, failed: [], now: [] };
  }

  /** Hash, ask what is missing, send it. Call again after a pause or a failure: it goes on. */
  async run(): Promise<boolean> {
    this.stopped = false;
    this.change({ failed: [], phase: "hashing" });
    await this.each(this.files.filter(({ path }) => !this.digests.has(path)), (named) => this.hash(named));
    if (this.stopped) return this.rest("paused");
    this.entries = this.files.map(({ path }) => ({ path, sha256: this.digests.get(path)! }));
    const missing = await this.missing();
    const todo = this.firsts().filter(({ path }) => missing.has(this.digests.get(path)!));
    const done = this.files.length - todo.length;
    this.change({ phase: "sending", skipped: done, sent: done, bytesSent: this.progress.bytes - todo.reduce((s, { file }) => s + file.size, 0) });
    await this.each(todo, (named) => this.sendOne(named));
    if (this.stopped) return this.rest("paused");
    return this.rest(this.progress.failed.length ? "failed" : "done");
  }

  stop(): void {
    this.stopped = true;
  }

  private rest(phase: Phase): boolean {
    this.change({ phase, now: [] });
    return phase === "done";
  }

  private change(next: Partial<Progress>): void {
    this.progress = { ...this.progress, ...next };
    this.onProgress(this.progress);
  }

  /** One file of each content: the same bytes are sent once. */
  private firsts(): Named[] {
    const seen = new Set<string>();
    return this.files.filter(({ path }) => {
      const digest = this.digests.get(path)!;
      return !seen.has(digest) && seen.add(digest);
    });
  }

  private async each(todo: Named[], act: (named: Named) => Promise<void>): Promise<void> {
    const queue = [...todo];
    const worker = async () => {
      for (let next = queue.shift(); next && !this.stopped; next = queue.shift()) await act(next);
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }

  private async hash({ path, file }: Named): Promise<void> {
    try {
      this.digests.set(path, await sha256(file));
      this.change({ hashed: this.progress.hashed + 1 });
    } catch (error) {
      this.stopped = true;
      this.change({ failed: [...this.progress.failed, { path, why: String(error) }] });
    }
  }

  private async missing(): Promise<Set<string>> {
    const all = [...new Set(this.digests.values())];
    const missing = new Set<string>();
    for (let at = 0; at < all.length; at += ASK) {
      const some = all.slice(at, at + ASK);
      const answer = await this.retried(() => api.post<{ missing: string[] }>("/blobs/missing", { sha256: some }));
      for (const digest of answer.missing) missing.add(digest);
    }
    return missing;
  }

  private async sendOne({ path, file }: Named): Promise<void> {
    this.change({ now: [...this.progress.now, path] });
    try {
      await this.retried(() => send("PUT", `/api/v1/blobs/${this.digests.get(path)}`, file));
      this.change({ sent: this.progress.sent + 1, bytesSent: this.progress.bytesSent + file.size });
    } catch (error) {
      const why = error instanceof ApiProblem ? problemWords(error) || error.code : String(error);
      this.change({ failed: [...this.progress.failed, { path, why }] });
    }
    this.change({ now: this.progress.now.filter((each) => each !== path) });
  }

  /** Again after 0.5, 1, 2, 4 s where the server was away; a refusal is final. */
  private async retried<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        const away = error instanceof ApiProblem && (error.status === 0 || error.status >= 500 || error.status === 429);
        if (!away || attempt >= TRIES || this.stopped) throw error;
        await this.pause(250 * 2 ** attempt);
      }
    }
  }
}
