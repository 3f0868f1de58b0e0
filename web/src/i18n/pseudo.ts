type Words = { [key: string]: string | Words };

const LEFT = "\u2068";
const RIGHT = "\u2069";
const turn = (text: string) => (text.trim() ? `\u202e${text}\u202c` : text);

/** English turned around, what is put in left as it is: shows at once what is not translated and what does not mirror. */
export function pseudo(words: Words): Words {
  const all: Words = {};
  for (const [key, value] of Object.entries(words)) {
    if (typeof value !== "string") {
      all[key] = pseudo(value);
      continue;
    }
    const text = value
      .split(/(\{\{[^}]+\}\})/)
      .map((part) => (part.startsWith("{{") ? `${LEFT}${part}${RIGHT}` : turn(part)))
      .join("");
    all[key] = text;
    // Arabic has more kinds of many.
    if (key.endsWith("_other")) for (const kind of ["zero", "two", "few", "many"]) all[`${key.slice(0, -5)}${kind}`] ??= text;
  }
  return all;
}
