import { afterEach, expect, test, vi } from "vitest";
import { ApiProblem } from "../api/client";
import { digest, named, server } from "./server.testing";
import type { Target } from "./deliver";
import { type Kept, type Keeper, recognised } from "./kept";
import { Uploads } from "./store";
import type { Entry } from "./uploader";

const HERE: Target = { kind: "import", dataset: 1 };
const THERE: Target = { kind: "import", dataset: 2 };

/** What a browser would keep over a reload. */
function keeper(): Keeper & { rows: Map<string, Kept> } {
  const rows = new Map<string, Kept>();
  return {
    rows,
    all: async () => [...rows.values()],
    put: async (kept) => void rows.set(kept.id, structuredClone(kept)),
    drop: async (id) => void rows.delete(id),
  };
}

const ended = (uploads: Uploads, done: () => boolean) =>
  vi.waitFor(() => { if (!done()) throw new Error(JSON.stringify(uploads.uploads.map((each) => each.progress.phase))); });

afterEach(() => vi.unstubAllGlobals());

test("what is dropped meanwhile waits its turn, and each is delivered once", async () => {
  server({ slow: true });
  const delivered: [Target, Entry[]][] = [];
  const uploads = new Uploads(keeper(), async (target, files) => delivered.push([target, files]));
  uploads.add(HERE, [named("one/a", "1"), named("one/b", "2")]);
  uploads.add(THERE, [named("two/a", "3")]);
  expect(uploads.uploads.map(({ name, queued }) => [name, queued])).toEqual([["one", false], ["two", true]]);
  expect(uploads.active).toBe(true);
  await ended(uploads, () => uploads.uploads.every(({ result }) => result !== null));
  expect(delivered.map(([target, files]) => [target, files.length])).toEqual([[HERE, 2], [THERE, 1]]);
  expect(uploads.uploads.map(({ result }) => result)).toEqual([1, 2]);
  expect(uploads.active).toBe(false);
});

test("after a reload the same folder goes on with the hashes it had", async () => {
  const { stored } = server({ slow: true });
  const kept = keeper();
  const before = new Uploads(kept, async () => 1);
  const files = Array.from({ length: 12 }, (_, n) => named(`set/${n}`, `text ${n}`));
  const { id } = before.add(HERE, files)!;
  const leave = before.watch(() => {
    if (before.uploads[0]!.progress.phase === "sending") before.pause(id);
  });
  await ended(before, () => before.uploads[0]!.progress.phase === "paused");
  leave();
  expect(stored.length).toBeLessThan(12);
  await vi.waitFor(() => expect(kept.rows.get(id)!.files.filter(({ sha256 }) => sha256)).toHaveLength(12));

  const after = new Uploads(kept, async (_, entries) => entries.length);
  await vi.waitFor(() => expect(after.interrupted).toHaveLength(1));
  expect(after.add(HERE, files)!.id).toBe(id);
  expect(after.interrupted).toEqual([]);
  await ended(after, () => after.uploads[0]!.result === 12);
  expect(stored).toHaveLength(12);
  await vi.waitFor(() => expect(kept.rows.size).toBe(0));
});

test("other files, or a changed one, are not taken for the same", () => {
  const kept: Kept = { id: "1", target: HERE, name: "", at: 0, files: [{ path: "a", size: 1, modified: 1000, sha256: digest("x") }] };
  expect(recognised(kept, [named("b", "x")])).toBeNull();
  expect(recognised(kept, [named("a", "longer")])).toBeNull();
  expect(recognised(kept, [named("a", "y"), named("c", "z")])).toEqual(new Map([["a", digest("x")]]));
});

test("a lost connection goes on by itself when it is back", async () => {
  const { comeBack } = server({ away: Infinity });
  const online = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  const uploads = new Uploads(keeper(), async () => 9);
  uploads.add(HERE, [named("a", "1")]);
  await ended(uploads, () => uploads.uploads[0]!.progress.phase === "lost");
  comeBack();
  online.mockReturnValue(true);
  window.dispatchEvent(new Event("online"));
  await ended(uploads, () => uploads.uploads[0]!.result === 9);
  online.mockRestore();
});

test("an import that is refused says so, and can be asked for again", async () => {
  server();
  let refused = true;
  const uploads = new Uploads(keeper(), async () => {
    if (refused) throw new ApiProblem(409, "import_running", "Another import is running.");
    return 5;
  });
  const { id } = uploads.add(HERE, [named("a", "1")])!;
  await ended(uploads, () => uploads.uploads[0]!.error !== null);
  expect(uploads.uploads[0]!.error!.code).toBe("import_running");
  refused = false;
  await uploads.go(id);
  expect(uploads.uploads[0]).toMatchObject({ result: 5, error: null });
});

test("all is sent and then the server is gone: it is handed over by itself when it is back", async () => {
  server();
  let away = true;
  const uploads = new Uploads(keeper(), async () => {
    if (away) throw new ApiProblem(0, "unreachable", "");
    return 7;
  });
  uploads.add(HERE, [named("a", "1")]);
  await ended(uploads, () => uploads.uploads[0]!.progress.phase === "lost");
  expect(uploads.uploads[0]!.error).toBeNull();
  away = false;
  window.dispatchEvent(new Event("online"));
  await ended(uploads, () => uploads.uploads[0]!.result === 7);
});

test("what is discarded is forgotten, and the next one begins", async () => {
  server({ slow: true });
  const kept = keeper();
  const uploads = new Uploads(kept, async () => 1);
  const first = uploads.add(HERE, [named("a", "1")])!;
  uploads.add(THERE, [named("b", "2")]);
  uploads.discard(first.id);
  await ended(uploads, () => uploads.uploads.length === 1 && uploads.uploads[0]!.result === 1);
  expect(uploads.uploads[0]!.target).toEqual(THERE);
  expect(kept.rows.size).toBe(0);
});
