/** ISO 3166 codes of all countries and territories in use. */
const CODES =
  "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split(
    " ",
  );

export interface Choice {
  value: string;
  label: string;
}

export function countries(locale: string): Choice[] {
  const names = new Intl.DisplayNames([locale], { type: "region" });
  const order = new Intl.Collator(locale);
  return CODES.map((value) => ({ value, label: names.of(value) ?? value })).sort((a, b) => order.compare(a.label, b.label));
}

export function timeZones(include?: string): Choice[] {
  const zones = new Set<string>(Intl.supportedValuesOf("timeZone"));
  zones.add("UTC");
  if (include) zones.add(include);
  return [...zones].sort().map((value) => ({ value, label: value.replaceAll("_", " ") }));
}

export function guessTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

type WithZones = Intl.Locale & { getTimeZones?: () => string[] | undefined; timeZones?: string[] };

/** The country of the time zone where the browser knows it, else the region of the languages. */
export function guessCountry(zone = guessTimeZone(), languages: readonly string[] = navigator.languages): string {
  for (const code of CODES) {
    const place = new Intl.Locale(`und-${code}`) as WithZones;
    if ((place.getTimeZones?.() ?? place.timeZones ?? []).includes(zone)) return code;
  }
  for (const tag of languages) {
    const region = new Intl.Locale(tag).region;
    if (region) return region;
  }
  return new Intl.Locale(languages[0] ?? "en").maximize().region ?? "US";
}
