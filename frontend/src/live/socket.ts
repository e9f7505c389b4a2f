/** One websocket for the whole window. Topics are counted; a reconnect refetches everything. */

export type LiveState = "off" | "connecting" | "open" | "lost";
export interface LiveEvent {
  type: string;
  topic?: string;
  line?: number;
  job?: number;
  import?: number;
  refetch?: boolean;
  [field: string]: unknown;
}
export type Handler = (event: LiveEvent) => void;

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const SILENCE = 25_000; // the server pings every 10 s
const OPENING = 10_000; // longest wait for a connection to stand

/** Milliseconds until the next attempt: doubling, capped, with jitter so that windows spread. */
export function backoff(attempt: number, random = Math.random()): number {
  return Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** attempt) * (0.75 + random / 2);
}

/** The topics an event belongs to. */
export function topicsOf(event: LiveEvent): string[] {
  const topics = event.topic ? [event.topic] : [];
  if (event.type.startsWith("line.") && event.line !== undefined) {
    topics.push(`line.${event.line}`, "board");
  }
  if (event.job !== undefined) topics.push(`job.${event.job}`, "jobs");
  if (event.import !== undefined) topics.push(`import.${event.import}`);
  return [...new Set(topics)];
}

export class LiveSocket {
  state: LiveState = "off";
  lastHeard = 0;
  private socket: WebSocket | null = null;
  private handlers = new Map<string, Set<Handler>>();
  private watchers = new Set<() => void>();
  private attempt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private hush: ReturnType<typeof setTimeout> | undefined;
  private wasOpen = false;

  constructor(
    private readonly open: () => WebSocket,
    private readonly onReconnect: () => void,
  ) {}

  /** Call `handler` for every event of `topic` until the returned function is called. */
  subscribe(topic: string, handler: Handler): () => void {
    const known = this.handlers.get(topic) ?? new Set<Handler>();
    if (known.size === 0) this.send({ subscribe: [topic] });
    known.add(handler);
    this.handlers.set(topic, known);
    return () => {
      known.delete(handler);
      if (known.size > 0 || this.handlers.get(topic) !== known) return;
      this.handlers.delete(topic);
      this.send({ unsubscribe: [topic] });
    };
  }

  watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  start(): void {
    if (this.state !== "off") return;
    this.connect();
  }

  stop(): void {
    clearTimeout(this.timer);
    clearTimeout(this.hush);
    const socket = this.socket;
    this.socket = null;
    this.wasOpen = false;
    this.attempt = 0;
    socket?.close();
    this.become("off");
  }

  /** The browser says that its network went. */
  lose(): void {
    if (this.socket) this.end(this.socket);
  }

  /** Try now instead of after the wait. */
  retry(): void {
    if (this.state !== "lost" || this.socket) return;
    clearTimeout(this.timer);
    this.connect();
  }

  private connect(): void {
    this.become(this.wasOpen || this.attempt > 0 ? "lost" : "connecting");
    const socket = this.open();
    this.socket = socket;
    this.endAfter(socket, OPENING);
    socket.onopen = () => this.opened(socket);
    socket.onmessage = (message) => this.heard(socket, String(message.data));
    socket.onclose = () => this.closed(socket);
  }

  private opened(socket: WebSocket): void {
    if (socket !== this.socket) return;
    const again = this.wasOpen || this.attempt > 0;
    this.attempt = 0;
    this.wasOpen = true;
    this.become("open");
    this.listen(socket);
    const topics = [...this.handlers.keys()];
    if (topics.length) this.send({ subscribe: topics });
    if (again) this.onReconnect();
  }

  private heard(socket: WebSocket, data: string): void {
    if (socket !== this.socket) return;
    this.listen(socket);
    const event = JSON.parse(data) as LiveEvent;
    for (const topic of topicsOf(event)) {
      for (const handler of [...(this.handlers.get(topic) ?? [])]) handler(event);
    }
  }

  /** A socket that says nothing for longer than two pings is dead, whatever TCP believes. */
  private listen(socket: WebSocket): void {
    this.lastHeard = Date.now();
    this.endAfter(socket, SILENCE);
  }

  private endAfter(socket: WebSocket, wait: number): void {
    clearTimeout(this.hush);
    this.hush = setTimeout(() => this.end(socket), wait);
  }

  private end(socket: WebSocket): void {
    this.closed(socket);
    socket.close();
  }

  private closed(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    clearTimeout(this.hush);
    this.become("lost");
    this.timer = setTimeout(() => this.connect(), backoff(this.attempt++));
  }

  private send(message: unknown): void {
    if (this.state === "open") this.socket?.send(JSON.stringify(message));
  }

  private become(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}
