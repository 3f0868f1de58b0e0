import { BookOpen, CreditCard, Globe, Headphones, Heart, Leaf, type LucideIcon, Rocket, Shield, Star, Truck, Users, Wrench } from "lucide-react";

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

export default function TeamIcon({ icon, size }: { icon: string; size: number }) {
  const Icon = TEAM_ICONS[icon] ?? Users;
  return <Icon style={{ width: size, height: size }} strokeWidth={1.9} />;
}
