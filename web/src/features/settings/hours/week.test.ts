import { expect, test } from "vitest";
import { another, bars, days, minutes, office, span, sumOf } from "./week";

test("times are read strictly", () => {
  expect([minutes("09:30"), minutes("24:00"), minutes("9:30"), minutes("09:60"), minutes("")]).toEqual([570, 1440, null, null, null]);
});

test("a slot that ends before it begins goes on after midnight", () => {
  expect(span({ from: "22:00", to: "02:00" })).toEqual([1320, 1560]);
  expect(span({ from: "22:00", to: "00:00" })).toEqual([1320, 1440]);
  expect(span({ from: "09:00", to: "09:00" })).toBeNull();
});

test("the end of Sunday's night is drawn on Monday", () => {
  const week = office();
  week[6] = [{ from: "22:00", to: "02:00" }];
  expect(bars(week, 6)).toEqual([{ from: 1320, to: 1440, night: false }]);
  expect(bars(week, 0)).toEqual([
    { from: 0, to: 120, night: true },
    { from: 540, to: 1020, night: false },
  ]);
  expect(sumOf(week)).toBe(5 * 480 + 240);
});

test("another slot begins after the last one", () => {
  expect(another([])).toEqual({ from: "09:00", to: "17:00" });
  expect(another([{ from: "09:00", to: "12:00" }])).toEqual({ from: "13:00", to: "17:00" });
});

test("a week begins on Monday", () => {
  expect(days("en")[0]).toBe("Monday");
  expect(days("de", "short")[6]).toBe("So");
});
