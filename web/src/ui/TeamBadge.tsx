import { type CSSProperties, lazy, Suspense } from "react";
import { cn } from "@/lib/cn";

const TeamIcon = lazy(() => import("./TeamIcon"));

interface Props {
  hue: number;
  icon: string;
  size?: number;
  className?: string;
}

/** A team's mark: square where people are round. The pictures come with the first team that is shown. */
export function TeamBadge({ hue, icon, size = 32, className }: Props) {
  const style: CSSProperties & Record<"--h", number> = { width: size, height: size, "--h": hue };
  return (
    <span aria-hidden style={style} className={cn("tint inline-flex shrink-0 items-center justify-center", size > 24 ? "rounded-md" : "rounded-[5px]", className)}>
      <Suspense fallback={null}>
        <TeamIcon icon={icon} size={Math.round(size * 0.56)} />
      </Suspense>
    </span>
  );
}
