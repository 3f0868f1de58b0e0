const MOST = 200;

/** Senders whose mails may load pictures from other servers, as a person's preferences keep them. */
export function picturesFrom(preferences: Readonly<Record<string, unknown>> | undefined): string[] {
  const kept = preferences?.pictures;
  return Array.isArray(kept) ? kept.filter((s) => typeof s === "string") : [];
}

/** The list with one more; the oldest go when it grows too long. */
export const withSender = (all: readonly string[], sender: string): string[] => [...all.filter((s) => s !== sender), sender].slice(-MOST);
