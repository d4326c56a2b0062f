import { expect, test, vi } from "vitest";
import { checkSignal, onAbort } from "./signals.ts";

test("many that wait with one signal share a listener, which goes with the last", () => {
  const controller = new AbortController();
  const { signal } = controller;
  const [added, removed] = [
    vi.spyOn(signal, "addEventListener"),
    vi.spyOn(signal, "removeEventListener"),
  ];
  const told = Array.from({ length: 30 }, () => vi.fn());
  const [first, ...rest] = told.map((each) => onAbort(signal, each));
  expect(added).toHaveBeenCalledTimes(1);
  first?.();
  expect(removed).not.toHaveBeenCalled();
  controller.abort();
  expect(told.map(({ mock }) => mock.calls.length)).toEqual([0, ...Array(29).fill(1)]);
  for (const forget of rest) forget();
  expect(removed).toHaveBeenCalledTimes(1);
});

test("a signal that has aborted tells at once, and none tells never", () => {
  const told = vi.fn();
  onAbort(AbortSignal.abort(), told)();
  expect(told).toHaveBeenCalledTimes(1);
  onAbort(undefined, told)();
  expect(told).toHaveBeenCalledTimes(1);
});

test("what is no signal is refused", () => {
  const controller = new AbortController() as unknown as AbortSignal;
  expect(() => checkSignal(controller)).toThrow("signal is {}; allowed: an AbortSignal");
});
