import { act, renderHook } from "@testing-library/react";
import type { ReactNode } from "react";
import { createMemoryRouter, RouterProvider } from "react-router-dom";
import { expect, test } from "vitest";
import type { Engine } from "../../api/types";
import { settingsOf, settingsText, useChoice } from "./useChoice";

const ENGINE = { name: "patch", presets: ["generic"], params: { properties: { epochs: { default: 20 }, image_size: { default: 0 } } } } as unknown as Engine;

/** The hook in a page of that address, and where the address is afterwards. */
function chosen(address: string) {
  let router: ReturnType<typeof createMemoryRouter> | undefined;
  const wrapper = ({ children }: { children: ReactNode }) => {
    router ??= createMemoryRouter([{ path: "*", element: children }], { initialEntries: [address] });
    return <RouterProvider router={router} />;
  };
  const { result } = renderHook(() => useChoice([ENGINE]), { wrapper });
  return { result, asked: () => new URLSearchParams(router!.state.location.search) };
}

test("two fields filled before the page is drawn again are both kept, in the form and in the address", async () => {
  const { result, asked } = chosen("/training/new?engine=patch&version=3&line=2");
  await act(async () => {
    const { setParam } = result.current;
    setParam("image_size", 320);
    setParam("epochs", 6);
  });
  expect(settingsOf(asked().get("set"))).toEqual({ image_size: 320, epochs: 6 });
  expect([asked().get("version"), asked().get("line")]).toEqual(["3", "2"]);
});

test("another method begins with its own settings", async () => {
  const { result, asked } = chosen('/training/new?engine=other&parent=4&set={"lr":1}');
  await act(async () => result.current.chooseEngine("patch"));
  expect([asked().get("engine"), asked().get("parent"), asked().get("set")]).toEqual(["patch", null, null]);
});

test("what was edited of an augmentation is in the address, and goes with its preset and method", async () => {
  const { result, asked } = chosen('/training/new?engine=patch&vary={"gain":0.4}');
  expect(result.current.edited).toEqual({ gain: 0.4 });
  await act(async () => result.current.change({ preset: "generic", vary: null }));
  expect([result.current.edited, asked().get("vary")]).toEqual([{}, null]);
  await act(async () => result.current.change({ vary: settingsText({ gain: 0.15, spot: 1 }, { gain: 0.15, spot: 0 }) }));
  expect(asked().get("vary")).toBe('{"spot":1}');
  await act(async () => result.current.chooseEngine("other"));
  expect(asked().get("vary")).toBeNull();
});

test("only settings that differ from the method's own are in the address, and come back from it", () => {
  const defaults = { epochs: 50, size: "n", lr: 0.002 };
  const text = settingsText({ epochs: 5, size: "n", lr: null }, defaults);
  expect(settingsOf(text)).toEqual({ epochs: 5, lr: null });
  expect(settingsText(defaults, defaults)).toBeNull();
});

test("a broken address sets nothing", () => {
  for (const text of [null, "", "{", "[1]", "3", "null"]) expect(settingsOf(text)).toEqual({});
});
