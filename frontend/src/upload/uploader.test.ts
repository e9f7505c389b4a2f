import { createHash } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { kept } from "./files";
import { plainSha256 } from "./sha256";
import { type Progress, Uploader } from "./uploader";

const digest = (text: string) => createHash("sha256").update(text).digest("hex");
const named = (path: string, text: string) => ({ path, file: new File([text], path) });

/** A server that has some blobs, refuses some, and is away for the first few requests. */
function server(there: string[], { away = 0, refuse = [] as string[] } = {}) {
  const stored: string[] = [];
  let left = away;
  vi.stubGlobal("crypto", {}); // as over http without TLS; jsdom's buffers are foreign to the real one
  vi.stubGlobal("fetch", async (url: string, init: RequestInit = {}) => {
    if (url.endsWith("/auth/csrf")) return new Response("{}");
    if (left-- > 0) throw new TypeError("connection refused");
    if (url.endsWith("/blobs/missing")) {
      const asked = (JSON.parse(String(init.body)) as { sha256: string[] }).sha256;
      return Response.json({ missing: asked.filter((each) => !there.includes(each) && !stored.includes(each)) });
    }
    const name = url.split("/").at(-1)!;
    if (refuse.includes(name)) return Response.json({ code: "hash_differs", detail: "Other bytes." }, { status: 422 });
    stored.push(name);
    return Response.json({ sha256: name }, { status: 201 });
  });
  return stored;
}

afterEach(() => vi.unstubAllGlobals());

test("what is there already is not sent again, and equal files are sent once", async () => {
  const stored = server([digest("old")]);
  const uploader = new Uploader([named("a", "old"), named("b", "new"), named("c", "new")], () => undefined);
  expect(await uploader.run()).toBe(true);
  expect(stored).toEqual([digest("new")]);
  expect(uploader.entries).toEqual([
    { path: "a", sha256: digest("old") }, { path: "b", sha256: digest("new") }, { path: "c", sha256: digest("new") },
  ]);
});

test("a server that is away is tried again", async () => {
  const stored = server([], { away: 3 });
  const uploader = new Uploader([named("a", "x")], () => undefined, async () => undefined);
  expect(await uploader.run()).toBe(true);
  expect(stored).toHaveLength(1);
});

test("a refusal is final, named, and the rest is sent; running again goes on", async () => {
  const stored = server([], { refuse: [digest("bad")] });
  let last: Progress | null = null;
  const uploader = new Uploader([named("a", "bad"), named("b", "good")], (progress) => (last = progress));
  expect(await uploader.run()).toBe(false);
  expect(last!.phase).toBe("failed");
  expect(last!.failed).toEqual([{ path: "a", why: "Other bytes." }]);
  expect(stored).toEqual([digest("good")]);
});

test("a pause stops, and going on sends only what is left", async () => {
  const stored = server([]);
  let paused = false;
  const uploader: Uploader = new Uploader(
    Array.from({ length: 20 }, (_, n) => named(`f${n}`, `text ${n}`)),
    (progress) => {
      if (paused || progress.sent < 5) return;
      paused = true;
      uploader.stop();
    },
  );
  expect(await uploader.run()).toBe(false);
  expect(uploader.progress.phase).toBe("paused");
  expect(stored.length).toBeLessThan(20);
  expect(await uploader.run()).toBe(true);
  expect(new Set(stored).size).toBe(20);
  expect(stored).toHaveLength(20);
});

test("the plain hash is SHA-256", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 1000]) {
    const data = new Uint8Array(length).map((_, index) => (index * 7) % 256);
    expect(plainSha256(data)).toBe(createHash("sha256").update(data).digest("hex"));
  }
});

test("litter is left behind", () => {
  const files = ["a/.DS_Store", "a/1.png", "Thumbs.db", "__MACOSX/a", "b.txt"].map((path) => named(path, ""));
  expect(kept(files).map(({ path }) => path)).toEqual(["a/1.png", "b.txt"]);
});
