import { describe, expect, it, vi } from "vitest";

import { settle } from "../shared/testing";
import { click, leave, open, type } from "./hands";
import { aCheck, judge } from "./testing";

describe("code", () => {
  it("is copied as it stands", async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
    const { button, said } = open({ check: aCheck({ python: "a()", magic: "%%video\nb" }) });
    await click(button("Copy as Python"));
    expect(writeText).toHaveBeenLastCalledWith("a()");
    expect(said()).toBe("Copied");
    await click(button("Copy as %%video"));
    expect(writeText).toHaveBeenLastCalledWith("%%video\nb");
  });

  it("is not copied while it is that of another form", async () => {
    const writeText = vi.fn().mockResolvedValue(undefined);
    Object.defineProperty(navigator, "clipboard", { value: { writeText }, configurable: true });
    const { model, button, prompt, line } = open();
    const copy = button("Copy as Python");
    await type(prompt, "A blue whale");
    await click(copy);
    await leave(prompt);
    await click(copy);
    expect(writeText).not.toHaveBeenCalled();
    await settle(() => judge(model, { python: "new()" }));
    await click(copy);
    expect(writeText).toHaveBeenCalledExactlyOnceWith("new()");
    await type(line("seed"), "x");
    await leave(line("seed"));
    await click(copy);
    expect(writeText).toHaveBeenCalledOnce();
  });

  it("says why there is none, where the form is right", () => {
    const no_magic = "The picture is part of the request itself.";
    const { button } = open({ check: aCheck({ python: "", magic: "", no_magic }) });
    expect(button("Copy as Python").title).toBe(no_magic);
    expect(button("Copy as %%video").title).toBe(no_magic);
  });

  it("says why there is no magic", () => {
    const no_magic = "%%video takes no list.";
    const { button, root } = open({ check: aCheck({ magic: "", no_magic }) });
    expect(button("Copy as %%video").getAttribute("aria-disabled")).toBe("true");
    expect(button("Copy as %%video").title).toBe(no_magic);
    expect(root.querySelector(".lk-s-code .lk-s-help")?.textContent).toBe(no_magic);
  });
});
