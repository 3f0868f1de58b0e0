import type { CSSProperties } from "react";
import { useDescriptors } from "@/api/descriptors";
import { cn } from "@/lib/cn";
import { ChannelGlyph } from "./ChannelGlyph";

interface Props {
  /** The channel's word, or the id of the connector behind it. */
  channel: string;
  provider?: string;
  hue?: number;
  size?: number;
  /** Only the sign, in the channel's colour. */
  plain?: boolean;
  /** Said where no name stands beside it. */
  label?: string;
  className?: string;
}

/** The sign of a channel, drawn as its connector describes it. */
export function ChannelDisc({ channel, provider, hue, ...rest }: Props) {
  const types = useDescriptors();
  const d = types.find((x) => x.id === provider) ?? types.find((x) => x.channel === channel || x.id === channel || x.icon === channel);
  return <Disc icon={d?.icon ?? channel} name={d?.name ?? channel} hue={hue ?? d?.hue ?? 210} {...rest} />;
}

/** The same where the description is at hand; for long lists, whose rows then ask for nothing. */
export function Disc({ icon, name, hue, size = 20, plain, label, className }: { icon: string; name: string; hue: number } & Omit<Props, "channel" | "provider" | "hue">) {
  const style: CSSProperties & Record<"--h", number> = { width: size, height: size, "--h": hue };
  return (
    <span
      {...(label ? { role: "img", "aria-label": label } : { "aria-hidden": true })}
      style={style}
      className={cn("inline-grid shrink-0 place-items-center", plain ? "channel-ink" : "channel-disc rounded-full", className)}
    >
      <ChannelGlyph icon={icon} name={name} size={Math.round(size * (plain ? 0.94 : 0.58))} />
    </span>
  );
}
