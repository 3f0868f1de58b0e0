type Rule = readonly [pattern: RegExp, english: string];

const DAY = "(mo|di|mi|do|fr|sa|so|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|heute|gestern|übermorgen)";
// In this order: "morgen" is a day, or a part of one behind another day.
const german: readonly Rule[] = [
  [/\bsonnabend\b/g, "samstag"],
  [/\bsonnabends\b/g, "samstag"],
  [new RegExp(`(?<![\\p{L}])${DAY} (?:morgen|früh|vormittag)(?![\\p{L}])`, "gu"), "$1 morning"],
  [/(?<!\p{L})morgen (?:früh|vormittag)(?!\p{L})/gu, "tomorrow morning"],
  [/(?<!\p{L})übermorgen(?!\p{L})/gu, "overmorrow"],
  [/(?<!\p{L})heute(?!\p{L})/gu, "today"],
  [/(?<!\p{L})morgen(?!\p{L})/gu, "tomorrow"],
  [/(?<!\p{L})(?:morgens|früh|vormittags?)(?!\p{L})/gu, "morning"],
  [/(?<!\p{L})mittags?(?!\p{L})/gu, "noon"],
  [/(?<!\p{L})nachmittags?(?!\p{L})/gu, "afternoon"],
  [/(?<!\p{L})abends?(?!\p{L})/gu, "evening"],
  [/(?<!\p{L})nachts?(?!\p{L})/gu, "night"],
  [/(?<!\p{L})(?:nächste|kommende)[nrsm]?(?!\p{L})/gu, "next"],
  [/(?<!\p{L})diese[nrsm]?(?!\p{L})/gu, "this"],
  [/(?<!\p{L})(?:einer |eine )?halbe[nr]? stunde(?!\p{L})/gu, "half an hour"],
  [/(?<!\p{L})(?:stunden?|std)\.?(?!\p{L})/gu, "hours"],
  [/(?<!\p{L})(?:minuten?)(?!\p{L})/gu, "minutes"],
  [/(?<!\p{L})(?:tage?n?)(?!\p{L})/gu, "days"],
  [/(?<!\p{L})(?:wochen?)(?!\p{L})/gu, "week"],
  [/(?<!\p{L})(?:monate?n?|monats)(?!\p{L})/gu, "month"],
  [/(?<!\p{L})eine?[nmr]?(?!\p{L})/gu, "a"],
  [/(?<!\p{L})und(?!\p{L})/gu, "and"],
  [/(\d{1,2})\.(\d{2}) ?uhr(?!\p{L})/gu, "$1:$2"],
  [/(\d{1,2}) ?uhr (\d{2})(?!\d)/gu, "$1:$2"],
  [/(\d) ?uhr(?!\p{L})/gu, "$1"],
  [/(?<![\p{L}\d])(?<!\d )(?:am|um|gegen|ab|den|der|dem|zum)(?!\p{L})/gu, "at"],
];

/** What somebody writes about a time in their language, in the English that is read. Names of days and months stay. */
export function inEnglish(text: string, locale: string): string {
  if (!locale.startsWith("de")) return text;
  // "9am" keeps its half of the day; "am 9." is a preposition.
  return german.reduce((now, [pattern, english]) => now.replace(pattern, english), text);
}
