import { Braces, Cloud, Hash, Mail, MessageCircle, MessageSquareText, MessagesSquare, Phone, Webhook } from "lucide-react";
import { siDiscord, siInstagram, siLine, siMatrix, siMessenger, siSignal, siTelegram, siViber, siWhatsapp } from "simple-icons";

const DRAWN: Record<string, typeof Mail> = {
  braces: Braces,
  cloud: Cloud,
  hash: Hash,
  mail: Mail,
  email: Mail,
  "message-circle": MessageCircle,
  webchat: MessageCircle,
  sms: MessageSquareText,
  voice: Phone,
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

interface Props {
  /** A channel's word or a connector's icon name. */
  icon: string;
  name: string;
  size: number;
}

/** The sign of a channel; its initial where no free glyph exists. */
export function ChannelGlyph({ icon, name, size }: Props) {
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
