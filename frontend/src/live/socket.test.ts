import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { backoff, LiveSocket, topicsOf } from "./socket";

class Wire {
  onopen?: () => void;
  onmessage?: (message: { data: string }) => void;
  onclose?: () => void;
  sent: unknown[] = [];
  send(text: string) { this.sent.push(JSON.parse(text)); }
  close() { this.onclose?.(); }
}

let wires: Wire[];
let again: number;
let socket: LiveSocket;

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  again = 0;
  socket = new LiveSocket(() => {
    wires.push(new Wire());
    return wires.at(-1) as unknown as WebSocket;
  }, () => again++);
});
afterEach(() => vi.useRealTimers());

test("topics asked for before it opens are subscribed when it does", () => {
  const heard: unknown[] = [];
  socket.subscribe("line.3", (event) => heard.push(event));
  socket.start();
  wires[0]!.onopen!();
  expect(wires[0]!.sent).toEqual([{ subscribe: ["line.3"] }]);
  wires[0]!.onmessage!({ data: JSON.stringify({ type: "line.state", line: 3 }) });
  wires[0]!.onmessage!({ data: JSON.stringify({ type: "line.state", line: 4 }) });
  expect(heard).toHaveLength(1);
});

test("a lost connection comes back, subscribes again and refetches", () => {
  socket.subscribe("board", () => undefined);
  socket.start();
  wires[0]!.onopen!();
  expect(again).toBe(0);
  wires[0]!.onclose!();
  expect(socket.state).toBe("lost");
  vi.advanceTimersByTime(1000);
  wires[1]!.onopen!();
  expect(wires[1]!.sent).toEqual([{ subscribe: ["board"] }]);
  expect(again).toBe(1);
});

test("silence is a lost connection", () => {
  socket.start();
  wires[0]!.onopen!();
  vi.advanceTimersByTime(26_000);
  expect(wires.length).toBeGreaterThan(1);
});

test("a connection that never stands is given up, and tried again", () => {
  socket.start();
  vi.advanceTimersByTime(10_000);
  expect(socket.state).toBe("lost");
  vi.advanceTimersByTime(1000);
  expect(wires).toHaveLength(2);
  wires[0]!.onopen!();
  expect(socket.state).toBe("lost");
});

test("a network that went is lost at once, and tried at once when it is back", () => {
  socket.start();
  wires[0]!.onopen!();
  socket.lose();
  expect(socket.state).toBe("lost");
  socket.retry();
  socket.retry();
  expect(wires).toHaveLength(2);
});

test("the wait doubles up to its limit", () => {
  expect(backoff(0, 0.5)).toBe(500);
  expect(backoff(2, 0.5)).toBe(2000);
  expect(backoff(50, 0.5)).toBe(15_000);
});

test("an event of a line is one of the board", () => {
  expect(topicsOf({ type: "line.verdicts", line: 3 })).toEqual(["line.3", "board"]);
  expect(topicsOf({ type: "import.state", import: 4 })).toEqual(["import.4"]);
});
