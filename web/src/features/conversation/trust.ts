import type { Message } from "@/api/types";
import { authenticityOf } from "./authenticity";

export type Mark = "forged" | "unverified" | "automatic";

/** Who is it from really? Ours are always ours; what came in may be from somebody nobody knows here, or from a program. */
export function marksOf(m: Pick<Message, "direction" | "verified_sender" | "automatic"> & { metadata?: Message["metadata"] }): Mark[] {
  const forged = m.direction === "inbound" && !!m.metadata && authenticityOf({ metadata: m.metadata })?.verdict === "fail";
  return [
    ...(forged ? (["forged"] as const) : []),
    ...(m.direction === "inbound" && !m.verified_sender ? (["unverified"] as const) : []),
    ...(m.automatic ? (["automatic"] as const) : []),
  ];
}
