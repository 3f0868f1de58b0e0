import { Braces, Cloud, Globe, Hash, type LucideIcon, Mail, MessageCircle, MessageSquare, MessageSquareText, MessagesSquare, Phone, Webhook } from "lucide-react";
import { useEffect, useState } from "react";

/** Icons a connector may name that are no brand's. */
const drawn: Record<string, LucideIcon> = {
  braces: Braces,
  cloud: Cloud,
  globe: Globe,
  hash: Hash,
  mail: Mail,
  "message-circle": MessageCircle,
  "message-square": MessageSquare,
  "message-square-text": MessageSquareText,
  "messages-square": MessagesSquare,
  phone: Phone,
  webhook: Webhook,
};

interface Props {
  /** The icon's name in the connector's description. */
  icon: string;
  name: string;
  size: number;
}

/** The sign of a channel; its initial where no free glyph exists. */
export function ChannelGlyph({ icon, name, size }: Props) {
  const Drawn = drawn[icon];
  const path = useBrand(Drawn ? null : icon.replace(/^si-?/i, "").toLowerCase());
  if (Drawn) return <Drawn size={size} strokeWidth={2.1} aria-hidden />;
  if (path === undefined) return <span style={{ width: size, height: size }} />;
  if (path) {
    return (
      <svg viewBox="0 0 24 24" width={size} height={size} fill="currentColor" aria-hidden="true">
        <path d={path} />
      </svg>
    );
  }
  return (
    <span aria-hidden className="font-semibold" style={{ fontSize: Math.max(9, size * 0.9), lineHeight: 1 }}>
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}

let loaded: Record<string, string> | undefined;

/** The path of a brand's glyph: undefined until it is known, null where there is none. */
function useBrand(slug: string | null): string | null | undefined {
  const [all, setAll] = useState(loaded);
  useEffect(() => {
    if (slug === null || all) return;
    let here = true;
    void import("./brands").then(({ brands }) => {
      loaded = brands;
      if (here) setAll(brands);
    });
    return () => {
      here = false;
    };
  }, [slug, all]);
  if (slug === null) return null;
  return all ? (all[slug] ?? null) : undefined;
}
