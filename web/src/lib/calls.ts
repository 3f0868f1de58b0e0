/** What stands in a message's metadata about a call. */
export interface CallFacts {
  direction?: "inbound" | "outbound";
  outcome?: string;
  seconds?: number;
  from?: string;
  to?: string;
  handled_by?: string;
  logged_by?: string;
  note?: string;
  transcript?: string;
  recording_url?: string;
}

export const callOf = (metadata: Record<string, unknown> | undefined): CallFacts | undefined => {
  const call = metadata?.call;
  return call && typeof call === "object" ? (call as CallFacts) : undefined;
};

const SCHEMES = /^(https?:\/\/|tel:|callto:|sips?:)/i;
const NUMBER = /^\+?[0-9][0-9 ().-]{2,}$/;

/** What opens when somebody presses a number: the channel's own address with the number in it, else the computer's telephone program. */
export function callUrl(number: string, template?: string | null): string | undefined {
  if (!NUMBER.test(number.trim())) return undefined;
  const plain = number.replace(/[^+0-9]/g, "");
  const own = template?.trim();
  if (own && SCHEMES.test(own) && own.includes("{number}")) return own.replaceAll("{number}", /^https?:/i.test(own) ? encodeURIComponent(plain) : plain);
  return `tel:${plain}`;
}

/** "3 min 12 s" in the reader's language. */
export function duration(seconds: number, locale: string): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 3600), "hour"],
    [Math.floor(seconds / 60) % 60, "minute"],
    [Math.floor(seconds) % 60, "second"],
  ];
  const said = parts.filter(([n]) => n > 0);
  return (said.length ? said : parts.slice(2)).map(([n, unit]) => new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "narrow" }).format(n)).join(" ");
}

/** "3:12", "1:03:12" or "45" as seconds; undefined when it is none. */
export function secondsOf(text: string): number | undefined {
  const parts = text.trim().split(":");
  if (parts.length > 3 || parts.some((p) => !/^\d{1,6}$/.test(p))) return undefined;
  if (parts.length > 1 && parts.slice(1).some((p) => Number(p) > 59)) return undefined;
  return parts.reduce((sum, p) => sum * 60 + Number(p), 0);
}

/** The value of a field of date and time for this moment, on this browser's clock. */
export function localMinute(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
