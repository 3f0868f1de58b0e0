import { Popover as P } from "radix-ui";
import { type ComponentProps, useRef } from "react";
import { cn } from "@/lib/cn";
import { useOpening } from "./opening";
import { physical, type Side } from "./sides";

/** The open box, at its control. */
export function PopoverPanel({ className, side, onCloseAutoFocus, onInteractOutside, ...rest }: Omit<ComponentProps<typeof P.Content>, "side"> & { side?: Side }) {
  const { open, setOpen, trigger, id } = useOpening();
  const elsewhere = useRef(false);
  return (
    <P.Root open={open} onOpenChange={setOpen}>
      <P.Anchor virtualRef={trigger as never} />
      <P.Portal>
        <P.Content
          id={`${id}-content`}
          side={physical(side)}
          sideOffset={6}
          collisionPadding={8}
          className={cn("pop z-50 rounded-lg border border-line bg-raised p-2 shadow-3", className)}
          {...rest}
          onCloseAutoFocus={(e) => {
            onCloseAutoFocus?.(e);
            if (e.defaultPrevented) return;
            // Who has clicked on something else is there already.
            if (!elsewhere.current) trigger.current?.focus();
            elsewhere.current = false;
            e.preventDefault();
          }}
          onInteractOutside={(e) => {
            onInteractOutside?.(e);
            if (e.defaultPrevented) return;
            // The control closes it by its own click.
            if (trigger.current?.contains(e.target as Node)) return e.preventDefault();
            elsewhere.current = true;
          }}
        />
      </P.Portal>
    </P.Root>
  );
}
