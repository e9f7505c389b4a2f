import { expect, test } from "vitest";
import { seriesOf } from "./metrics";

const metric = (step: number, recall: number) => ({ type: "metric", step, values: { recall } });

test("a training that was picked up again has one value a step, the last one told, in order", () => {
  const events = [metric(1, 0.1), metric(2, 0.2), metric(3, 0.3), metric(2, 0.25), metric(3, 0.35), metric(4, 0.4)];
  expect(seriesOf(events).scores[0]!.points).toEqual([[1, 0.1], [2, 0.25], [3, 0.35], [4, 0.4]]);
});
