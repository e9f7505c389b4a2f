import { createHash } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { kept } from "./files";
import { Sha256, sha256 } from "./sha256";
import { server, named, digest } from "./server.testing";
import { type Progress, shareOf, Uploader } from "./uploader";

afterEach(() => vi.unstubAllGlobals());

const quiet = () => undefined;
const atOnce = async () => undefined;

test("what is there already is not sent again, and equal files are sent once", async () => {
  const { stored } = server({ there: [digest("old")] });
  const uploader = new Uploader([named("a", "old"), named("b", "new"), named("c", "new")], quiet);
  expect(await uploader.run()).toBe(true);
  expect(stored).toEqual([digest("new")]);
  expect(uploader.entries).toEqual([
    { path: "a", sha256: digest("old") }, { path: "b", sha256: digest("new") }, { path: "c", sha256: digest("new") },
  ]);
});

test("a server that is away is tried again", async () => {
  const { stored } = server({ away: 3 });
  const uploader = new Uploader([named("a", "x")], quiet, new Map(), atOnce);
  expect(await uploader.run()).toBe(true);
  expect(stored).toHaveLength(1);
});

test("a server that stays away is no failure of the files: it goes on later", async () => {
  const { stored, comeBack } = server({ away: Infinity });
  const uploader = new Uploader([named("a", "x")], quiet, new Map(), atOnce);
  expect(await uploader.run()).toBe(false);
  expect(uploader.progress).toMatchObject({ phase: "lost", failed: [], now: [] });
  comeBack();
  expect(await uploader.run()).toBe(true);
  expect(stored).toHaveLength(1);
});

test("a refused question ends the run with its reason", async () => {
  server({ signedOut: true });
  const uploader = new Uploader([named("a", "x")], quiet, new Map(), atOnce);
  expect(await uploader.run()).toBe(false);
  expect(uploader.progress).toMatchObject({ phase: "failed", problem: { status: 401 } });
});

test("a refusal is final and named, the rest is sent, and it can be left out", async () => {
  const { stored } = server({ refuse: [digest("bad")] });
  let last: Progress | null = null;
  const uploader = new Uploader([named("a", "bad"), named("b", "good")], (progress) => (last = progress));
  expect(await uploader.run()).toBe(false);
  expect(last!.phase).toBe("failed");
  expect(last!.failed).toEqual([{ path: "a", why: "Other bytes." }]);
  expect(stored).toEqual([digest("good")]);
  uploader.leaveOut();
  expect(await uploader.run()).toBe(true);
  expect(uploader.entries).toEqual([{ path: "b", sha256: digest("good") }]);
});

test("a file that cannot be read is named", async () => {
  server();
  const gone = named("gone", "x");
  gone.file.slice = () => { throw new Error("The file was moved."); };
  const uploader = new Uploader([gone, named("b", "good")], quiet);
  expect(await uploader.run()).toBe(false);
  expect(uploader.progress.failed).toEqual([{ path: "gone", why: "The file was moved." }]);
  expect(uploader.progress.sent).toBe(1);
});

test("a pause breaks off what is under way, and going on sends only what is left", async () => {
  const { stored, broken } = server({ slow: true });
  const files = Array.from({ length: 20 }, (_, n) => named(`f${n}`, `text ${n}`));
  let paused = false;
  const uploader: Uploader = new Uploader(files, (progress) => {
    if (paused || progress.sent < 5 || progress.now.length < 3) return;
    paused = true;
    uploader.pause();
  });
  expect(await uploader.run()).toBe(false);
  expect(uploader.progress).toMatchObject({ phase: "paused", now: [] });
  expect(stored.length).toBeLessThan(20);
  expect(broken.length).toBeGreaterThan(0);
  expect(await uploader.run()).toBe(true);
  expect(new Set(stored).size).toBe(20);
  expect(stored).toHaveLength(20);
});

test("one large file tells how far it is", async () => {
  server({ slow: true });
  const shares: number[] = [];
  const uploader = new Uploader([named("a.zip", "x".repeat(1000))], (progress) => progress.phase === "sending" && shares.push(shareOf(progress)));
  expect(await uploader.run()).toBe(true);
  expect(shares.some((share) => share > 0 && share < 1)).toBe(true);
  expect([...shares].sort((a, b) => a - b)).toEqual(shares);
});

test("hashes that are known from before are not taken again", async () => {
  const { stored } = server();
  const uploader = new Uploader([named("a", "x")], quiet, new Map([["a", digest("x")]]));
  expect(await uploader.run()).toBe(true);
  expect(stored).toEqual([digest("x")]);
});

test("the hash is SHA-256, in whatever pieces the bytes come", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000, 5000]) {
    const data = new Uint8Array(length).map((_, index) => (index * 7 + 3) % 256);
    const wanted = createHash("sha256").update(data).digest("hex");
    for (const piece of [1, 7, 63, 64, 65, 5000]) {
      const hash = new Sha256();
      for (let at = 0; at < length; at += piece) hash.update(data.subarray(at, at + piece));
      expect(hash.hex()).toBe(wanted);
    }
  }
});

test("a large file is read in pieces, and can be stopped between them", async () => {
  vi.stubGlobal("crypto", {});
  const file = new File([new Uint8Array(9_000_000).fill(7)], "large");
  const seen: number[] = [];
  expect(await sha256(file, (read) => seen.push(read))).toBe(createHash("sha256").update(new Uint8Array(9_000_000).fill(7)).digest("hex"));
  expect(seen).toEqual([4_194_304, 8_388_608, 9_000_000]);
  await expect(sha256(file, undefined, () => true)).rejects.toThrow("stopped");
});

test("litter is left behind", () => {
  const files = ["a/.DS_Store", "a/1.png", "Thumbs.db", "__MACOSX/a", "b.txt"].map((path) => named(path, ""));
  expect(kept(files).map(({ path }) => path)).toEqual(["a/1.png", "b.txt"]);
});
