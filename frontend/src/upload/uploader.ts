/** Sends files by their hash: what is there already is skipped, so that it goes on where it stopped. */

import { api, ApiProblem } from "../api/client";
import type { Named } from "./files";
import { problemWords } from "../words/problems";
import { digestOf } from "./hashing";
import { put } from "./put";

export type Phase = "idle" | "hashing" | "sending" | "paused" | "lost" | "done" | "failed";
export interface Moving { path: string; size: number; done: number }
export interface Progress {
  phase: Phase;
  hashed: number;
  bytesHashed: number;
  sent: number;
  skipped: number;
  total: number;
  bytes: number;
  bytesSent: number;
  /** When sending began, in ms, and how many bytes were there already. */
  began: { at: number; bytes: number } | null;
  failed: { path: string; why: string }[];
  /** Why the whole stopped, where it was no single file. */
  problem: ApiProblem | null;
  /** What is read or sent right now. */
  now: Moving[];
}
export interface Entry { path: string; sha256: string }

const PARALLEL = 4; // a browser opens six connections; the page needs some
const ASK = 1000; // hashes a question
const TRIES = 5;
const FINAL = new Set([401, 403, 507]); // signed out, not allowed, disk full: every other file too
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
/** Whether the server is away for now, so that the same may do later. */
export const isAway = (error: unknown) => error instanceof ApiProblem && (error.status === 0 || error.status >= 500 || error.status === 429) && error.status !== 507;
const isStop = (error: unknown) => (error as { name?: string } | null)?.name === "AbortError";

export class Uploader {
  progress: Progress;
  entries: Entry[] = [];
  private stopping = new AbortController();

  /** `digests`: hashes by path that are known from before, and where new ones are noted. */
  constructor(
    private files: Named[],
    private readonly onProgress: (progress: Progress) => void,
    private readonly digests = new Map<string, string>(),
    private readonly pauseFor = wait,
  ) {
    const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
    this.progress = {
      phase: "idle", hashed: 0, bytesHashed: 0, sent: 0, skipped: 0, total: files.length, bytes, bytesSent: 0,
      began: null, failed: [], problem: null, now: [],
    };
  }

  /** Hash, ask what is missing, send it. Call again after a pause or a failure: it goes on. */
  async run(): Promise<boolean> {
    this.stopping = new AbortController();
    try {
      await this.hashAll();
      await this.sendAll();
    } catch (error) {
      if (isStop(error)) return this.rest("paused");
      const problem = error instanceof ApiProblem ? error : new ApiProblem(0, "upload_broke", String(error));
      return this.rest(isAway(error) ? "lost" : "failed", problem);
    }
    return this.rest(this.progress.failed.length ? "failed" : "done");
  }

  /** Break off what is under way; nothing that was sent whole is lost. */
  pause(): void {
    this.stopping.abort();
  }

  /** Go on without the files that could not be read or were refused. */
  leaveOut(): void {
    const out = new Set(this.progress.failed.map(({ path }) => path));
    this.files = this.files.filter(({ path }) => !out.has(path));
    const bytes = this.files.reduce((sum, { file }) => sum + file.size, 0);
    this.change({ failed: [], total: this.files.length, bytes });
  }

  private rest(phase: Phase, problem: ApiProblem | null = null): boolean {
    this.change({ phase, problem, now: [] });
    return phase === "done";
  }

  private change(next: Partial<Progress>): void {
    this.progress = { ...this.progress, ...next };
    this.onProgress(this.progress);
  }

  private async hashAll(): Promise<void> {
    const todo = this.files.filter(({ path }) => !this.digests.has(path));
    const bytes = todo.reduce((sum, { file }) => sum + file.size, 0);
    const hashed = this.files.length - todo.length;
    this.change({ phase: "hashing", failed: [], problem: null, hashed, bytesHashed: this.progress.bytes - bytes });
    await this.each(todo, (named) => this.hash(named));
  }

  private async sendAll(): Promise<void> {
    const read = this.files.filter(({ path }) => this.digests.has(path));
    this.entries = read.map(({ path }) => ({ path, sha256: this.digests.get(path)! }));
    const missing = await this.missing();
    const todo = firsts(this.entries, read).filter(({ path }) => missing.has(this.digests.get(path)!));
    const done = read.length - todo.length;
    const bytesSent = this.progress.bytes - todo.reduce((sum, { file }) => sum + file.size, 0);
    this.change({ phase: "sending", skipped: done, sent: done, bytesSent, began: { at: Date.now(), bytes: bytesSent } });
    await this.each(todo, (named) => this.send(named));
  }

  private async each(todo: Named[], act: (named: Named) => Promise<void>): Promise<void> {
    const queue = todo.values();
    const worker = async () => {
      for (const next of queue) {
        this.stopping.signal.throwIfAborted();
        await act(next);
      }
    };
    const ended = await Promise.allSettled(Array.from({ length: PARALLEL }, () => worker().catch((error: unknown) => {
      if (!isStop(error)) this.stopping.abort(); // the others need not go on
      throw error;
    })));
    const errors = ended.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    if (errors.length) throw errors.find((error) => !isStop(error)) ?? errors[0];
  }

  private async hash({ path, file }: Named): Promise<void> {
    const move = this.moving(path, file.size);
    try {
      this.digests.set(path, await digestOf(file, move, this.stopping.signal));
      this.change({ hashed: this.progress.hashed + 1, bytesHashed: this.progress.bytesHashed + file.size });
    } catch (error) {
      if (isStop(error)) throw error;
      this.fail(path, error instanceof Error ? error.message : String(error));
    } finally {
      this.moved(path);
    }
  }

  private async missing(): Promise<Set<string>> {
    const all = [...new Set(this.entries.map(({ sha256 }) => sha256))];
    const missing = new Set<string>();
    for (let at = 0; at < all.length; at += ASK) {
      const some = all.slice(at, at + ASK);
      const answer = await this.retried(() => api.post<{ missing: string[] }>("/blobs/missing", { sha256: some }));
      for (const digest of answer.missing) missing.add(digest);
    }
    return missing;
  }

  private async send({ path, file }: Named): Promise<void> {
    const move = this.moving(path, file.size);
    try {
      await this.retried(() => put(`/api/v1/blobs/${this.digests.get(path)}`, file, move, this.stopping.signal));
      this.change({ sent: this.progress.sent + 1, bytesSent: this.progress.bytesSent + file.size });
    } catch (error) {
      if (!(error instanceof ApiProblem) || isAway(error) || FINAL.has(error.status)) throw error;
      if (error.code === "hash_differs") this.digests.delete(path); // it was changed since it was read
      this.fail(path, problemWords(error) || error.code);
    } finally {
      this.moved(path);
    }
  }

  private fail(path: string, why: string): void {
    this.change({ failed: [...this.progress.failed, { path, why }] });
  }

  private moving(path: string, size: number): (done: number) => void {
    const one = { path, size, done: 0 };
    this.change({ now: [...this.progress.now, one] });
    return (done) => this.change({ now: this.progress.now.map((each) => (each.path === path ? { ...each, done } : each)) });
  }

  private moved(path: string): void {
    this.change({ now: this.progress.now.filter((each) => each.path !== path) });
  }

  /** Again after 0.5, 1, 2, 4 s where the server was away; a refusal is final. */
  private async retried<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      this.stopping.signal.throwIfAborted();
      try {
        return await act();
      } catch (error) {
        if (!isAway(error) || attempt >= TRIES || !navigator.onLine) throw error;
        const broken = new Promise((done) => this.stopping.signal.addEventListener("abort", done, { once: true }));
        await Promise.race([this.pauseFor(250 * 2 ** attempt), broken]);
      }
    }
  }
}

/** One file of each content: the same bytes are sent once. */
function firsts(entries: Entry[], files: Named[]): Named[] {
  const seen = new Set<string>();
  return files.filter((_, index) => {
    const { sha256 } = entries[index]!;
    return !seen.has(sha256) && seen.add(sha256);
  });
}

/** How much of the whole is done, 0 to 1: the files in flight count as far as they are. */
export function shareOf(progress: Progress): number {
  const flying = progress.now.reduce((sum, { done, size }) => sum + Math.min(done, size), 0);
  const done = progress.phase === "hashing" ? progress.bytesHashed : progress.bytesSent;
  return progress.bytes ? Math.min(1, (done + flying) / progress.bytes) : Number(progress.phase === "done");
}
