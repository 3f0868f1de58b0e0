import { BookOpen, CreditCard, Globe, Headphones, Heart, Leaf, type LucideIcon, Rocket, Shield, Star, Truck, Users, Wrench } from "lucide-react";
import type { CSSProperties } from "react";
import { cn } from "@/lib/cn";

/** The pictures a team can have, by the server's words. */
export const TEAM_ICONS: Record<string, LucideIcon> = {
  users: Users,
  headset: Headphones,
  wrench: Wrench,
  "credit-card": CreditCard,
  truck: Truck,
  star: Star,
  rocket: Rocket,
  heart: Heart,
  globe: Globe,
  shield: Shield,
  book: BookOpen,
  leaf: Leaf,
};

interface Props {
  hue: number;
  icon: string;
  size?: number;
  className?: string;
}

/** A team's mark: square where people are round. */
export function TeamBadge({ hue, icon, size = 32, className }: Props) {
  const Icon = TEAM_ICONS[icon] ?? Users;
  const style: CSSProperties & Record<"--h", number> = { width: size, height: size, "--h": hue };
  return (
    <span aria-hidden style={style} className={cn("tint inline-flex shrink-0 items-center justify-center", size > 24 ? "rounded-md" : "rounded-[5px]", className)}>
      <Icon style={{ width: Math.round(size * 0.56), height: Math.round(size * 0.56) }} strokeWidth={1.9} />
    </span>
  );
}
