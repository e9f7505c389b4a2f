/** Uploads live here and not in a page: they go on while one looks at something else. */

import { useMemo, useSyncExternalStore } from "react";
import { ApiProblem } from "../api/client";
import { deliver, isSame, type Target } from "./deliver";
import type { Named } from "./files";
import { browserKeeper, type Kept, type Keeper, recognised } from "./kept";
import { type Entry, isAway, type Progress, Uploader } from "./uploader";

export interface Upload {
  id: string;
  target: Target;
  /** The folder or the archive. */
  name: string;
  progress: Progress;
  /** Behind another upload. */
  queued: boolean;
  /** The import or job that came of it. */
  result: number | null;
  error: ApiProblem | null;
}

const TOLD_EVERY = 100; // ms between two looks at the progress
const NOTED_EVERY = 4000; // ms between two notes for after a reload
const AGAIN = 10_000; // ms until a lost server is tried again
const ENDED = new Set(["done", "failed", "paused"]);

interface Running { upload: Upload; files: Named[]; uploader: Uploader; digests: Map<string, string>; noted: number; timer?: ReturnType<typeof setTimeout> }

export class Uploads {
  uploads: Upload[] = [];
  interrupted: Kept[] = [];
  private readonly running = new Map<string, Running>();
  private readonly watchers = new Set<() => void>();
  private telling: ReturnType<typeof setTimeout> | null = null;
  private count = 0;

  constructor(private readonly keeper: Keeper, private readonly hand: (target: Target, files: Entry[]) => Promise<number> = deliver) {
    void keeper.all().then((kept) => this.tell(() => (this.interrupted = kept)));
    globalThis.addEventListener("online", () => this.back());
    globalThis.addEventListener("beforeunload", (event) => this.active && event.preventDefault());
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  get active(): boolean {
    return this.uploads.some(({ progress, result }) => result === null && !ENDED.has(progress.phase));
  }

  /** Begin, or queue behind what is under way. What was interrupted before goes on where it was. */
  add(target: Target, files: Named[]): Upload | null {
    if (!files.length) return null;
    const before = this.interrupted.find((kept) => isSame(kept.target, target) && recognised(kept, files));
    const digests = (before && recognised(before, files)) ?? new Map<string, string>();
    const id = before?.id ?? `${Date.now()}-${++this.count}`;
    const uploader = new Uploader(files, (progress) => this.moved(id, progress), digests);
    const upload = { id, target, name: nameOf(files), progress: uploader.progress, queued: this.active, result: null, error: null };
    this.running.set(id, { upload, files, uploader, digests, noted: 0 });
    this.interrupted = this.interrupted.filter((kept) => kept !== before);
    this.tell(() => (this.uploads = [...this.uploads, upload]));
    void this.note(id);
    if (!upload.queued) void this.go(id);
    return upload;
  }

  async go(id: string): Promise<void> {
    const one = this.running.get(id);
    if (!one) return;
    clearTimeout(one.timer);
    this.change(id, { queued: false, error: null });
    if (await one.uploader.run()) await this.finish(id, one.uploader.entries);
    else if (one.uploader.progress.phase === "lost") this.lost(one);
    void this.note(id);
    this.next();
  }

  pause(id: string): void {
    const one = this.running.get(id);
    clearTimeout(one?.timer);
    one?.uploader.pause();
    if (one?.uploader.progress.phase === "lost") this.change(id, { progress: { ...one.uploader.progress, phase: "paused" } });
  }

  leaveOut(id: string): void {
    this.running.get(id)?.uploader.leaveOut();
    void this.go(id);
  }

  /** Forget it; what was sent stays for a day and is not sent again meanwhile. */
  discard(id: string): void {
    this.pause(id);
    this.running.delete(id);
    void this.keeper.drop(id);
    this.interrupted = this.interrupted.filter((kept) => kept.id !== id);
    this.tell(() => (this.uploads = this.uploads.filter((each) => each.id !== id)));
    this.next();
  }

  private async finish(id: string, files: Entry[]): Promise<void> {
    const one = this.running.get(id);
    if (!one) return;
    try {
      const result = await this.hand(one.upload.target, files);
      this.running.delete(id);
      this.change(id, { result });
      await this.keeper.drop(id);
    } catch (error) {
      if (isAway(error)) return this.lost(one);
      this.change(id, { error: error instanceof ApiProblem ? error : new ApiProblem(0, "upload_broke", String(error)) });
    }
  }

  /** The server is gone, while files went there or when they were to be handed over: try again soon. */
  private lost(one: Running): void {
    const { id } = one.upload;
    this.change(id, { progress: { ...one.uploader.progress, phase: "lost" } });
    one.timer = setTimeout(() => void this.go(id), AGAIN);
  }

  private next(): void {
    const waiting = this.uploads.find((each) => each.queued);
    const busy = this.uploads.some((each) => !each.queued && each.result === null && !ENDED.has(each.progress.phase));
    if (waiting && !busy) void this.go(waiting.id);
  }

  private back(): void {
    for (const { id, progress } of this.uploads) if (progress.phase === "lost") void this.go(id);
  }

  private moved(id: string, progress: Progress): void {
    const one = this.running.get(id);
    if (!one) return;
    const same = one.upload.progress.phase === progress.phase;
    one.upload = { ...one.upload, progress };
    if (Date.now() - one.noted > NOTED_EVERY) void this.note(id);
    if (!same) this.change(id, { progress });
    else this.telling ??= setTimeout(() => this.tell(() => this.settle()), TOLD_EVERY);
  }

  private settle(): void {
    this.uploads = this.uploads.map((each) => this.running.get(each.id)?.upload ?? each);
  }

  private change(id: string, next: Partial<Upload>): void {
    const one = this.running.get(id);
    if (one) one.upload = { ...one.upload, ...next };
    this.tell(() => (this.uploads = this.uploads.map((each) => (each.id === id ? { ...(one?.upload ?? each), ...next } : each))));
  }

  private tell(change: () => void): void {
    if (this.telling) clearTimeout(this.telling);
    this.telling = null;
    change();
    for (const watcher of this.watchers) watcher();
  }

  private async note(id: string): Promise<void> {
    const one = this.running.get(id);
    if (!one || one.upload.target.kind !== "import") return;
    one.noted = Date.now();
    const files = one.files.map(({ path, file }) => ({ path, size: file.size, modified: file.lastModified, sha256: one.digests.get(path) ?? null }));
    const { target, name } = one.upload;
    await this.keeper.put({ id, target, name, at: Date.now(), files });
  }
}

/** The folder that the files share, or the one file; several on their own have no name. */
function nameOf(files: Named[]): string {
  const first = files[0]!.path.split("/")[0]!;
  return files.every(({ path }) => path === first || path.startsWith(`${first}/`)) ? first : "";
}

export const uploads = new Uploads(browserKeeper);

export function useUploads(target?: Target): Upload[] {
  const all = useSyncExternalStore(uploads.watch, () => uploads.uploads);
  const wanted = target && JSON.stringify(target);
  return useMemo(() => (wanted ? all.filter((each) => JSON.stringify(each.target) === wanted) : all), [all, wanted]);
}

/** Uploads to this target that a reload or a closed window broke off. */
export function useInterrupted(target: Target): Kept[] {
  const all = useSyncExternalStore(uploads.watch, () => uploads.interrupted);
  const wanted = JSON.stringify(target);
  return useMemo(() => all.filter((each) => JSON.stringify(each.target) === wanted), [all, wanted]);
}
