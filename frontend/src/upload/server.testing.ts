/** For tests: a network with a server that has some blobs, refuses some, or is away for a while. */

import { createHash } from "node:crypto";
import { vi } from "vitest";
import type { Named } from "./files";

export const digest = (text: string) => createHash("sha256").update(text).digest("hex");
export const named = (path: string, text: string): Named => ({ path, file: new File([text], path, { lastModified: 1000 }) });

interface Asked {
  there?: string[];
  /** Requests that find no server. */
  away?: number;
  refuse?: string[];
  signedOut?: boolean;
  /** Bodies take some turns of the event loop, and tell how far they are. */
  slow?: boolean;
}

export function server({ there = [], away = 0, refuse = [], signedOut = false, slow = false }: Asked = {}) {
  const stored: string[] = [];
  const broken: string[] = [];
  let left = away;
  const turn = () => new Promise((done) => setTimeout(done));
  document.cookie = "csrftoken=t";

  vi.stubGlobal("crypto", {}); // as over http without TLS; jsdom's buffers are foreign to the real one
  vi.stubGlobal("fetch", async (_: string, init: RequestInit = {}) => {
    if (left-- > 0) throw new TypeError("connection refused");
    if (signedOut) return Response.json({ code: "not_authenticated", detail: "Sign in." }, { status: 401 });
    const asked = (JSON.parse(String(init.body)) as { sha256: string[] }).sha256;
    return Response.json({ missing: asked.filter((each) => !there.includes(each) && !stored.includes(each)) });
  });

  class Put {
    upload: { onprogress?: (event: { loaded: number }) => void } = {};
    status = 0;
    responseText = "";
    statusText = "";
    onload?: () => void;
    onerror?: () => void;
    onabort?: () => void;
    onloadend?: () => void;
    private name = "";
    private ended = false;
    open(_: string, url: string) { this.name = url.split("/").at(-1)!; }
    setRequestHeader() {}
    abort() { if (!this.ended) { broken.push(this.name); this.end(this.onabort); } }
    send(body: Blob) { void this.carry(body); }
    private end(how?: () => void) { this.ended = true; how?.(); this.onloadend?.(); }
    private async carry(body: Blob) {
      for (const share of slow ? [0.3, 0.7] : []) {
        await turn();
        if (this.ended) return;
        this.upload.onprogress?.({ loaded: Math.floor(body.size * share) });
      }
      await turn();
      if (this.ended) return;
      if (left-- > 0) return this.end(this.onerror);
      this.status = refuse.includes(this.name) ? 422 : 201;
      this.responseText = this.status === 422 ? JSON.stringify({ code: "hash_differs", detail: "Other bytes." }) : "{}";
      if (this.status === 201) stored.push(this.name);
      this.end(this.onload);
    }
  }
  vi.stubGlobal("XMLHttpRequest", Put);
  return { stored, broken, comeBack: () => { left = 0; } };
}
