import type { Descriptor } from "@/api/types";
import { ChannelGlyph } from "@/ui/ChannelGlyph";

/** The sign of a connector, from its own words: glyph and hue; its initial where no free glyph exists. */
export function ProviderDisc({ descriptor, size = 32 }: { descriptor?: Descriptor; size?: number }) {
  return (
    <span
      className="grid shrink-0 place-items-center rounded-full text-white"
      style={{ width: size, height: size, background: descriptor ? `oklch(0.53 0.12 ${descriptor.hue})` : "var(--press)" }}
      aria-hidden
    >
      {descriptor && <ChannelGlyph icon={descriptor.icon} name={descriptor.name} size={Math.round(size * 0.5)} />}
    </span>
  );
}
