import type { Message } from "@/api/types";

export type Mark = "unverified" | "automatic";

/** Who is it from really? Ours are always ours; what came in may be from somebody nobody knows here, or from a program. */
export function marksOf(m: Pick<Message, "direction" | "verified_sender" | "automatic">): Mark[] {
  return [...(m.direction === "inbound" && !m.verified_sender ? (["unverified"] as const) : []), ...(m.automatic ? (["automatic"] as const) : [])];
}
