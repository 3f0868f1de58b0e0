import { cva, type VariantProps } from "class-variance-authority";
import { LoaderCircle } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const button = cva(
  "inline-flex items-center justify-center gap-1.5 rounded-sm font-medium whitespace-nowrap select-none transition-[background,color,box-shadow] duration-100 disabled:pointer-events-none disabled:opacity-45 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      variant: {
        primary: "bg-accent text-accent-fg shadow-1 hover:bg-accent-hover",
        outline: "bg-raised text-ink shadow-[0_0_0_1px_var(--line-strong),var(--shadow-1)] hover:bg-subtle active:bg-hover",
        ghost: "text-ink-2 hover:bg-hover hover:text-ink active:bg-press data-[state=open]:bg-hover",
        danger: "bg-bad text-sheet hover:opacity-90",
      },
      size: {
        sm: "h-7 px-2.5 text-xs max-md:h-11 max-md:px-3.5",
        md: "h-8 px-3 text-sm max-md:h-11 max-md:px-3.5",
        lg: "h-9 px-4 text-sm max-md:h-11",
        icon: "size-8 max-md:size-11",
        iconSm: "size-7 max-md:size-11",
      },
    },
    defaultVariants: { variant: "outline", size: "md" },
  },
);

export type ButtonProps = ComponentProps<"button"> & VariantProps<typeof button> & { asChild?: boolean; loading?: boolean };

export function Button({ variant, size, asChild, className, loading, children, disabled, ...rest }: ButtonProps) {
  const classes = cn(button({ variant, size }), loading && "relative", className);
  if (asChild) {
    return (
      <Slot.Root className={classes} {...rest}>
        {children}
      </Slot.Root>
    );
  }
  // While busy the words stay, unseen, so that the button keeps its width and its name.
  return (
    <button type="button" disabled={disabled || loading} aria-busy={loading || undefined} className={classes} {...rest}>
      {loading ? (
        <>
          <span className="inline-flex items-center gap-1.5 opacity-0">{children}</span>
          <LoaderCircle aria-hidden className="absolute animate-spin" />
        </>
      ) : (
        children
      )}
    </button>
  );
}
