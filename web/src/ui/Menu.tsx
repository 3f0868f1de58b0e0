import { Check } from "lucide-react";
import { DropdownMenu as D } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Kbd } from "./Kbd";

const item =
  "flex min-h-8 items-center gap-2.5 rounded-sm px-2 text-sm text-ink outline-none select-none data-[disabled]:opacity-45 data-[highlighted]:bg-hover max-md:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-ink-3";

// Not modal: a modal menu hides the page behind from screen readers while it can still be focused.
const Root = (props: ComponentProps<typeof D.Root>) => <D.Root modal={false} {...props} />;

function Content({ className, ...rest }: ComponentProps<typeof D.Content>) {
  return (
    <D.Portal>
      <D.Content
        sideOffset={6}
        collisionPadding={8}
        className={cn(
          "pop scroll z-50 max-h-(--radix-dropdown-menu-content-available-height) min-w-52 max-w-80 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-3",
          className,
        )}
        {...rest}
      />
    </D.Portal>
  );
}

function Item({ className, keys, icon, danger, children, ...rest }: ComponentProps<typeof D.Item> & { keys?: string; icon?: ReactNode; danger?: boolean }) {
  return (
    <D.Item className={cn(item, danger && "text-bad [&>svg]:text-bad", className)} {...rest}>
      {icon}
      {icon || keys ? <span className="min-w-0 flex-1 truncate">{children}</span> : children}
      {keys && <Kbd keys={keys} />}
    </D.Item>
  );
}

/** One of several, or on and off: what holds has a tick. */
function Choice({ className, checked, icon, children, ...rest }: ComponentProps<typeof D.CheckboxItem> & { icon?: ReactNode }) {
  return (
    <D.CheckboxItem className={cn(item, className)} checked={checked} {...rest}>
      {icon}
      <span className="min-w-0 flex-1 truncate">{children}</span>
      <D.ItemIndicator>
        <Check aria-hidden className="size-4 text-accent" />
      </D.ItemIndicator>
    </D.CheckboxItem>
  );
}

const Separator = () => <D.Separator className="mx-2 my-1 h-px bg-line" />;
const Heading = ({ children }: { children: ReactNode }) => <D.Label className="px-2 pt-1.5 pb-1 text-2xs font-medium text-ink-3">{children}</D.Label>;

export const Menu = { Root, Trigger: D.Trigger, Content, Item, Choice, Separator, Heading };
