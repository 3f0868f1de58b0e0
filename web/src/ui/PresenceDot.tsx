import { cn } from "@/lib/cn";

const colours: Record<string, string> = { online: "bg-good", away: "bg-warn", busy: "bg-bad", offline: "bg-line-control" };

/** Whether somebody is there. The word goes with the colour, for those who do not see it. */
export function PresenceDot({ status, label, className }: { status: string; label: string; className?: string }) {
  return (
    <span
      role="img"
      aria-label={label}
      title={label}
      className={cn(
        "size-[7px] rounded-full ring-[1.5px] ring-canvas",
        colours[status] ?? colours.offline,
        status === "away" && "bg-transparent ring-0 border-[2.5px] border-warn size-[9px]",
        className,
      )}
    />
  );
}
