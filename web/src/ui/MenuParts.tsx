import { Check } from "lucide-react";
import { Menu as M } from "radix-ui/internal";
import { type ComponentProps, type ReactNode, useRef } from "react";
import { cn } from "@/lib/cn";
import { Kbd } from "./Kbd";
import { useOpening } from "./opening";
import { physical, readsRtl, type Side } from "./sides";

const item =
  "flex min-h-8 items-center gap-2.5 rounded-sm px-2 text-sm text-ink outline-none select-none data-[disabled]:opacity-45 data-[highlighted]:bg-hover max-md:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3";

/** The open menu, at its control. Not modal: a modal menu hides the page behind from screen readers while it can still be focused. */
export function Panel({
  className,
  side,
  onOpenAutoFocus,
  onCloseAutoFocus,
  onInteractOutside,
  ...rest
}: Omit<ComponentProps<typeof M.Content>, "side"> & { side?: Side; onOpenAutoFocus?: (e: Event) => void }) {
  const { open, setOpen, trigger, byKey, id } = useOpening();
  const elsewhere = useRef(false);
  const content = useRef<HTMLDivElement>(null);
  // Not among the public properties, though the part below takes it.
  const opened = {
    onOpenAutoFocus: (e: Event) => {
      onOpenAutoFocus?.(e);
      if (byKey.current) queueMicrotask(() => content.current?.querySelector<HTMLElement>("[role^=menuitem]:not([data-disabled])")?.focus());
    },
  } as object;
  return (
    <M.Root open={open} onOpenChange={setOpen} modal={false} dir={readsRtl() ? "rtl" : "ltr"}>
      <M.Anchor virtualRef={trigger as never} />
      <M.Portal>
        <M.Content
          ref={content}
          id={`${id}-content`}
          aria-labelledby={`${id}-trigger`}
          side={physical(side)}
          sideOffset={6}
          collisionPadding={8}
          className={cn(
            "pop scroll z-50 max-h-(--radix-popper-available-height) min-w-52 max-w-80 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-3",
            className,
          )}
          {...rest}
          {...opened}
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
            if (!e.defaultPrevented) elsewhere.current = true;
          }}
        />
      </M.Portal>
    </M.Root>
  );
}

export function Item({ className, keys, icon, danger, children, ...rest }: ComponentProps<typeof M.Item> & { keys?: string; icon?: ReactNode; danger?: boolean }) {
  return (
    <M.Item className={cn(item, danger && "text-bad [&>svg]:text-bad", className)} {...rest}>
      {icon}
      {icon || keys ? <span className="min-w-0 flex-1 truncate">{children}</span> : children}
      {keys && <Kbd keys={keys} />}
    </M.Item>
  );
}

/** One of several, or on and off: what holds has a tick. */
export function Choice({ className, checked, icon, children, ...rest }: ComponentProps<typeof M.CheckboxItem> & { icon?: ReactNode }) {
  return (
    <M.CheckboxItem className={cn(item, className)} checked={checked} {...rest}>
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      <M.ItemIndicator>
        <Check aria-hidden className="size-4 text-accent" />
      </M.ItemIndicator>
    </M.CheckboxItem>
  );
}

export const Separator = () => <M.Separator className="mx-2 my-1 h-px bg-line" />;
export const Heading = ({ children }: { children: ReactNode }) => <M.Label className="px-2 pt-1.5 pb-1 text-2xs font-medium text-ink-3">{children}</M.Label>;
