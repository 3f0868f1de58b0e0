export type Strength = "empty" | "short" | "weak" | "fair" | "good" | "strong";

export const MIN_PASSWORD = 10;

const COMMON = ["password", "passwort", "qwerty", "qwertz", "letmein", "welcome", "admin", "iloveyou", "abc123", "monkey", "dragon", "switchboard", "changeme", "hallo"];
const ROWS = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** How hard a password is to guess, by what people try first: words, names, runs and repeats. */
export function strength(password: string, about: readonly string[] = []): Strength {
  if (!password) return "empty";
  if ([...password].length < MIN_PASSWORD) return "short";
  let rest = password.toLowerCase();
  const words = about.flatMap((a) => a.toLowerCase().split(/[^\p{L}\p{N}]+/u)).filter((w) => w.length > 3);
  for (const word of [...COMMON, ...words]) rest = rest.replaceAll(word, "\u0001");
  rest = rest.replace(/(.)\1{2,}/gu, "$1");
  for (const row of ROWS) {
    for (const run of [row, [...row].reverse().join("")]) {
      for (let size = run.length; size >= 4; size--) {
        for (let at = 0; at + size <= run.length; at++) rest = rest.replaceAll(run.slice(at, at + size), "\u0002");
      }
    }
  }
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((k) => k.test(password)).length;
  const bits = [...rest].length * (2 + kinds * 0.7) * (new Set(rest).size < 5 ? 0.5 : 1);
  if (bits < 26) return "weak";
  if (bits < 36) return "fair";
  if (bits < 52) return "good";
  return "strong";
}
