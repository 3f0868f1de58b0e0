import type { Message } from "@/api/types";

export interface Found {
  result: string;
  domain: string;
}
/** What the receiving server found out about a mail's sender. */
export interface Authenticity {
  verdict: "pass" | "unknown" | "doubtful" | "fail";
  by: string;
  spf: Found | null;
  dkim: Found[];
  dmarc: Found | null;
  policy: string | null;
}

export function authenticityOf(m: Pick<Message, "metadata">): Authenticity | null {
  const found = m.metadata.authentication as Authenticity | undefined;
  return found && typeof found.verdict === "string" ? found : null;
}

/** The domain that a mail says it is from. */
export const domainOf = (m: Pick<Message, "metadata" | "from">) => authenticityOf(m)?.dmarc?.domain || m.from?.split("@").at(-1) || "";
