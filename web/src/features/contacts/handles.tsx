import { AtSign, MessageCircle, Phone } from "lucide-react";

export const kindName = (kind: string, t: (key: string) => string): string => {
  if (kind === "email") return t("kind.email");
  if (kind === "phone") return t("kind.phone");
  return kind.replaceAll("_", " ").replace(/^./, (c) => c.toUpperCase());
};

/** Mail and phone have their own sign; every other kind is a channel's own id. */
export function HandleKind({ kind }: { kind: string }) {
  const Icon = kind === "email" ? AtSign : kind === "phone" ? Phone : MessageCircle;
  return <Icon className="size-3.5 shrink-0 text-ink-3" aria-hidden />;
}
