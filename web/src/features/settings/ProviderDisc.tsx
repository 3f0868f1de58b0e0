import { Braces, Cloud, Hash, Mail, MessageCircle, MessageSquareText, MessagesSquare, Phone, Webhook } from "lucide-react";
import { siDiscord, siInstagram, siLine, siMatrix, siMessenger, siSignal, siTelegram, siViber, siWhatsapp } from "simple-icons";
import type { Descriptor } from "@/api/types";

const DRAWN: Record<string, typeof Mail> = {
  braces: Braces,
  cloud: Cloud,
  hash: Hash,
  mail: Mail,
  "message-circle": MessageCircle,
  "message-square-text": MessageSquareText,
  "message-square": MessageSquareText,
  "messages-square": MessagesSquare,
  phone: Phone,
  webhook: Webhook,
};

const BRANDS: Record<string, { path: string }> = {
  discord: siDiscord,
  instagram: siInstagram,
  line: siLine,
  matrix: siMatrix,
  messenger: siMessenger,
  signal: siSignal,
  telegram: siTelegram,
  viber: siViber,
  whatsapp: siWhatsapp,
};

/** The sign of a connector, from its own words: glyph and hue; its initial where no free glyph exists. */
export function ProviderDisc({ descriptor, size = 32 }: { descriptor?: Descriptor; size?: number }) {
  return (
    <span className="grid shrink-0 place-items-center rounded-full text-white" style={{ width: size, height: size, background: descriptor ? `oklch(0.53 0.12 ${descriptor.hue})` : "var(--press)" }} aria-hidden>
      {descriptor && <Glyph icon={descriptor.icon} name={descriptor.name} size={Math.round(size * 0.5)} />}
    </span>
  );
}

function Glyph({ icon, name, size }: { icon: string; name: string; size: number }) {
  const brand = BRANDS[icon.replace(/^si-?/i, "").toLowerCase()];
  if (brand) {
    return (
      <svg viewBox="0 0 24 24" width={size} height={size} fill="currentColor" aria-hidden="true">
        <path d={brand.path} />
      </svg>
    );
  }
  const Drawn = DRAWN[icon];
  if (Drawn) return <Drawn size={size} aria-hidden />;
  return <span className="text-xs font-semibold">{name.slice(0, 1)}</span>;
}
