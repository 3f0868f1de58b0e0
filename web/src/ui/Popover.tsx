import { Popover as P } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

function Content({ className, ...rest }: ComponentProps<typeof P.Content>) {
  return (
    <P.Portal>
      <P.Content sideOffset={6} collisionPadding={8} className={cn("pop z-50 rounded-lg border border-line bg-raised p-2 shadow-3", className)} {...rest} />
    </P.Portal>
  );
}
export const Popover = { Root: P.Root, Trigger: P.Trigger, Anchor: P.Anchor, Close: P.Close, Content };
