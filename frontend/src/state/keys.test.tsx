import { cleanup, render } from "@testing-library/react";
import { useRef } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Key, useKeys } from "./keys";

let pressed: string[];
const key = (name: string, more: Partial<Key> = {}): Key => ({ key: name, label: name, run: () => pressed.push(name), ...more });

function Page({ dialog = false }: { dialog?: boolean }) {
  useKeys("page", [key("1"), key("f", { repeats: true }), key("ArrowRight")]);
  return <>
    <input aria-label="text" /><input type="radio" aria-label="radio" /><button>button</button>
    {dialog && <div role="dialog" aria-modal="true"><Inside /></div>}
  </>;
}

function Inside() {
  const here = useRef<HTMLDivElement>(null);
  useKeys("dialog", [key("d")], { within: here });
  return <div ref={here}><button>inside</button></div>;
}

function press(target: Element, name: string, more: KeyboardEventInit = {}): void {
  target.dispatchEvent(new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...more }));
}

afterEach(cleanup);
beforeEach(() => {
  pressed = [];
});

test("a held key acts once, unless it is meant to be held", () => {
  render(<Page />);
  press(document.body, "1");
  press(document.body, "1", { repeat: true });
  press(document.body, "f", { repeat: true });
  expect(pressed).toEqual(["1", "f"]);
});

test("what is typed, or held with a modifier, is no key", () => {
  const { getAllByRole, getByRole } = render(<Page />);
  press(getAllByRole("textbox")[0]!, "1");
  press(document.body, "1", { ctrlKey: true });
  press(getByRole("radio"), "ArrowRight");
  expect(pressed).toEqual([]);
  press(getByRole("radio"), "1");
  expect(pressed).toEqual(["1"]);
});

test("an open dialog has its own keys, and the page none", () => {
  const { getByText } = render(<Page dialog />);
  press(getByText("inside"), "1");
  press(document.body, "1");
  expect(pressed).toEqual([]);
  press(getByText("inside"), "d");
  press(document.body, "d");
  expect(pressed).toEqual(["d", "d"]);
});

test("the keys of a dialog are silent outside of one", () => {
  const { getByText } = render(<><Page /><div role="dialog"><Inside /></div></>);
  press(getByText("button"), "d");
  expect(pressed).toEqual([]);
});
