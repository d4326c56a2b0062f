import { describe, expect, it } from "vitest";

import { anyNumber, figure, json, MOST, place, prompt, seed, text, wholeNumber } from "./reading";

describe("whole numbers", () => {
  const read = wholeNumber(1, 30, "seconds");

  it.each([
    ["5", 5],
    [" 12 ", 12],
    ["+7", 7],
    ["007", 7],
    ["30", 30],
    ["１２", 12],
    ["", null],
    ["  ", null],
  ])("reads %j as %j", (raw, value) => {
    expect(read(raw)).toEqual({ value });
  });

  it.each(["1.5", "1e1", "abc", "0x10", "1,5", "5 s", "-", "--1", "0", "31", "NaN", "Infinity"])(
    "refuses %j and says what is allowed",
    (raw) => {
      expect(read(raw)).toEqual({ problem: "Give a whole number from 1 to 30 seconds." });
    },
  );

  it("does not take what the page cannot hold exactly", () => {
    expect(wholeNumber(0, MOST)("9007199254740991")).toEqual({ value: 9007199254740991 });
    expect(wholeNumber(0, MOST)("9007199254740993")).toHaveProperty("problem");
  });

  it("names only the ends that somebody has set", () => {
    expect(wholeNumber(-MOST, MOST)("x")).toEqual({ problem: "Give a whole number." });
    expect(wholeNumber(0, MOST)("x")).toEqual({ problem: "Give a whole number of 0 or more." });
    expect(wholeNumber(-MOST, 9)("x")).toEqual({ problem: "Give a whole number up to 9." });
  });
});

it("reads a seed exactly, however large", () => {
  expect(seed(" 42 ")).toEqual({ value: 42 });
  expect(seed("9007199254740991")).toEqual({ value: MOST });
  expect(seed("9007199254740993")).toEqual({ value: "9007199254740993" });
  expect(seed("+9223372036854775807")).toEqual({ value: "9223372036854775807" });
  expect(seed("9223372036854775808")).toEqual({
    problem: "The largest seed is 9223372036854775807.",
  });
  for (const raw of ["-1", "9".repeat(101), "seven"]) {
    expect(seed(raw)).toEqual({ problem: "Give a whole number of 0 or more." });
  }
  expect(seed("")).toEqual({ value: null });
});

describe("numbers", () => {
  const read = anyNumber(0, 1);

  it.each([
    ["0.5", 0.5],
    [".5", 0.5],
    ["1.", 1],
    ["5e-1", 0.5],
  ])("reads %j as %j", (raw, value) => {
    expect(read(raw)).toEqual({ value });
  });

  it.each(["0,5", "1.1", "-0.1", ".", "e", "1e", "0.5x"])("refuses %j", (raw) => {
    expect(read(raw)).toEqual({ problem: "Give a number from 0 to 1." });
  });
});

describe("texts", () => {
  it("take blanks alone for nothing", () => {
    expect(text("  ")).toEqual({ value: null });
    expect(text(" a ")).toEqual({ value: " a " });
    expect(place(" https://a.b/c.png ")).toEqual({ value: "https://a.b/c.png" });
  });

  it("leave a prompt as it was typed", () => {
    expect(prompt(" a \n")).toEqual({ value: " a \n" });
    expect(prompt("")).toEqual({ value: "" });
  });

  it("refuse half a character, and no whole one", () => {
    expect(prompt("fish \ud83d")).toHaveProperty("problem");
    expect(text("\udc20")).toHaveProperty("problem");
    expect(prompt("fish \ud83d\udc20")).toEqual({ value: "fish \ud83d\udc20" });
  });
});

describe("JSON", () => {
  it("is read, or found wanting", () => {
    expect(json('{"a": [1, true]}')).toEqual({ value: { a: [1, true] } });
    expect(json(" ")).toEqual({ value: null });
    expect(json("[1,")).toHaveProperty("problem");
    expect(json("{a: 1}")).toHaveProperty("problem");
  });

  it("cannot be null, which means that nothing is given", () => {
    expect(json("null")).toEqual({ problem: "null cannot be sent; leave the field empty." });
  });
});

it("writes figures as people read them", () => {
  expect(figure(1234567)).toBe("1,234,567");
  expect(figure(0.05)).toBe("0.05");
});
