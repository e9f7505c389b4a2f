/** A PUT that tells how far it is and can be broken off. (`fetch` tells nothing of what was sent.) */

import { api, ApiProblem } from "../api/client";

const SILENCE = 90_000; // ms without a sign of life; the server writes a large file to the end meanwhile
const STORED = 10_000; // bytes a ms that it checks and writes at the least

async function csrf(): Promise<string> {
  const found = () => /(?:^|; )csrftoken=([^;]*)/.exec(document.cookie)?.[1];
  if (!found()) await api.get("/auth/csrf");
  return decodeURIComponent(found() ?? "");
}

function refusal(request: XMLHttpRequest): ApiProblem {
  let body: Partial<ApiProblem> = {};
  try {
    body = JSON.parse(request.responseText) as Partial<ApiProblem>;
  } catch {
    // a proxy's own page: the status says what there is to say
  }
  const code = body.code ?? (request.status >= 500 ? "server_error" : "refused");
  return new ApiProblem(request.status, code, body.detail ?? request.statusText, body.fields ?? {});
}

export async function put(url: string, body: Blob, onSent: (bytes: number) => void, signal: AbortSignal): Promise<void> {
  const token = await csrf();
  signal.throwIfAborted();
  const request = new XMLHttpRequest();
  const away = () => new ApiProblem(0, "unreachable", "");
  await new Promise<void>((done, failed) => {
    let timer: ReturnType<typeof setTimeout>;
    let silent = false;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => { silent = true; request.abort(); }, SILENCE + body.size / STORED);
    };
    const stop = () => request.abort();
    request.upload.onprogress = (event) => { alive(); onSent(event.loaded); };
    request.onload = () => (request.status >= 200 && request.status < 300 ? done() : failed(refusal(request)));
    request.onerror = () => failed(away());
    request.onabort = () => failed(silent ? away() : new DOMException("stopped", "AbortError"));
    request.onloadend = () => { clearTimeout(timer); signal.removeEventListener("abort", stop); };
    signal.addEventListener("abort", stop);
    request.open("PUT", url);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token);
    alive();
    request.send(body);
  });
}
