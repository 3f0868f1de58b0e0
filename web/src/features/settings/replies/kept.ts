import type { Takes } from "@/features/inbox/composer/limits";

/** What a text that is kept may hold, whatever channel it is used on later. */
export const KEPT: Takes = {
  capabilities: { html: true, attachments: true },
  limits: { text_chars: 100_000, text_bytes: 0, attachments: 20, attachment_bytes: 25_000_000, convert: [], media: [] },
};
