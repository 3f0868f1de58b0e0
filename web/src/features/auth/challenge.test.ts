import { expect, test } from "vitest";
import { challengeOf } from "./SignInPage";

test("what the second step answers stands behind the number sign, or nowhere", () => {
  expect(challengeOf("#challenge=a.b-c_d")).toBe("a.b-c_d");
  for (const none of ["", "#", "#other=1"]) expect(challengeOf(none)).toBeNull();
});
