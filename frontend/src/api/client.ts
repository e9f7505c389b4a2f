/** The one door to the API: JSON in, JSON out, every error an ApiProblem. */

import { noteDate } from "./clock";

export const API = "/api/v1";

export type QueryValue = string | number | boolean | null | undefined;
export type Query = Record<string, QueryValue>;

/**
 * An error of the API (RFC 9457): a stable code, a sentence, and messages at form fields; the values
 * in the sentence, and in those of the fields.
 */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: Record<string, string[]> = {},
    readonly retryAfter: number | null = null,
    readonly params: Record<string, unknown> = {},
    readonly fieldParams: Record<string, Record<string, unknown>> = {},
  ) {
    super(detail);
    this.name = "ApiProblem";
  }
}

/** A path below the API with its query; unknown and empty values are left out. */
export function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const tail = search.toString();
  return `${API}${path}${tail ? `?${tail}` : ""}`;
}

/** The path of a list's `next` link on this server, whether it came absolute or relative. */
export function sameOrigin(link: string): string {
  const url = new URL(link, window.location.href);
  return url.pathname + url.search;
}

const SAFE = new Set(["GET", "HEAD"]);
const READ_LIMIT = 15_000; // ms
const WRITE_LIMIT = 90_000; // a release waits up to 45 s for its model to be warm

/** `fetch` that gives up: a server that neither answers nor refuses is unreachable. */
async function fetched(url: string, limit: number, init: RequestInit): Promise<[Response, string]> {
  const giveUp = new AbortController();
  const leave = () => giveUp.abort();
  const timer = Number.isFinite(limit) ? setTimeout(leave, limit) : undefined;
  if (init.signal?.aborted) leave();
  init.signal?.addEventListener("abort", leave);
  try {
    const sent = Date.now();
    const response = await fetch(url, { ...init, signal: giveUp.signal });
    noteDate(response.headers.get("Date"), sent, Date.now());
    return [response, response.ok ? await response.text() : ""];
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiProblem(0, "unreachable", "");
  } finally {
    clearTimeout(timer);
    init.signal?.removeEventListener("abort", leave);
  }
}

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

async function csrf(): Promise<string> {
  if (!cookie("csrftoken")) await fetched(`${API}/auth/csrf`, READ_LIMIT, { credentials: "same-origin" });
  return cookie("csrftoken");
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const body = (await response.json().catch(() => ({}))) as Partial<ApiProblem> & { field_params?: ApiProblem["fieldParams"] };
  const retry = Number(response.headers.get("Retry-After"));
  return new ApiProblem(
    response.status,
    body.code ?? (response.status >= 500 ? "server_error" : "refused"),
    body.detail ?? response.statusText,
    body.fields ?? {},
    Number.isFinite(retry) && retry > 0 ? retry : null,
    body.params ?? {},
    body.field_params ?? {},
  );
}

/** Send a request to a full address; a raw body (Blob) goes as it is, anything else as JSON. */
export async function send<T>(
  method: string,
  url: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": document.documentElement.lang || "en" };
  const raw = body instanceof Blob;
  if (body !== undefined) headers["Content-Type"] = raw ? "application/octet-stream" : "application/json";
  if (!SAFE.has(method)) headers["X-CSRFToken"] = await csrf();
  const limit = raw ? Infinity : SAFE.has(method) ? READ_LIMIT : WRITE_LIMIT;
  const [response, text] = await fetched(url, limit, {
    method,
    headers,
    credentials: "same-origin",
    body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw await problemOf(response);
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    send<T>("GET", address(path, query), undefined, signal),
  post: <T>(path: string, body: unknown = {}, signal?: AbortSignal) => send<T>("POST", address(path), body, signal),
  put: <T>(path: string, body: unknown) => send<T>("PUT", address(path), body),
  patch: <T>(path: string, body: unknown) => send<T>("PATCH", address(path), body),
  delete: <T>(path: string, body?: unknown) => send<T>("DELETE", address(path), body),
};

/** A whole short list (plants, products), following `next` to its end. */
export async function everyPage<T>(path: string, query: Query = {}): Promise<T[]> {
  const all: T[] = [];
  let url: string | null = address(path, { limit: 200, ...query });
  while (url) {
    const answer: T[] | { results: T[]; next: string | null } = await send("GET", url);
    if (Array.isArray(answer)) return answer;
    all.push(...answer.results);
    url = answer.next && sameOrigin(answer.next);
  }
  return all;
}
