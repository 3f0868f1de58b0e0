import { Slot } from "radix-ui";
import { type ComponentProps, createContext, type ReactNode, type RefObject, useContext, useId, useMemo, useRef, useState } from "react";

/** A control and what opens at it. The control is there at once; what opens is loaded while nothing else happens, or when it is first wanted. */
interface Opening {
  open: boolean;
  setOpen: (open: boolean) => void;
  /** Opened with a key, so that the first entry takes the focus. */
  byKey: RefObject<boolean>;
  trigger: RefObject<HTMLElement | null>;
  id: string;
}
const Context = createContext<Opening | null>(null);

export function useOpening(): Opening {
  const opening = useContext(Context);
  if (!opening) throw new Error("stands outside of a Root");
  return opening;
}

export interface RootProps {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  children: ReactNode;
}

export function Opens({ open: given, onOpenChange, children }: RootProps) {
  const [own, setOwn] = useState(false);
  const open = given ?? own;
  const byKey = useRef(false);
  const trigger = useRef<HTMLElement>(null);
  const id = useId();
  const told = useRef(onOpenChange);
  told.current = onOpenChange;
  const value = useMemo(
    () => ({
      open,
      setOpen: (to: boolean) => {
        if (to === open) return;
        setOwn(to);
        told.current?.(to);
      },
      byKey,
      trigger,
      id,
    }),
    [open, id],
  );
  return <Context value={value}>{children}</Context>;
}

/** Whether it has been open before; what was loaded stays, so that it can close as it opened. */
export function useEver(wanted: boolean): boolean {
  const [ever, setEver] = useState(wanted);
  if (wanted && !ever) setEver(true);
  return ever || wanted;
}

/** Loads what will open once nothing else is to do. */
export function soon(load: () => Promise<unknown>) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    const go = () => void load().catch(() => {});
    if (typeof requestIdleCallback === "function") requestIdleCallback(go, { timeout: 3000 });
    else setTimeout(go, 500);
  };
}

type TriggerProps = ComponentProps<"button"> & { asChild?: boolean };

/** The control: what it says about itself, with what it does added by the kind of thing that opens. */
export function Control({ asChild, ref, kind, ...rest }: TriggerProps & { kind: "menu" | "dialog" }) {
  const { open, trigger, id } = useOpening();
  const Part = asChild ? Slot.Root : "button";
  return (
    <Part
      type="button"
      id={kind === "menu" ? `${id}-trigger` : undefined}
      aria-haspopup={kind}
      aria-expanded={open}
      aria-controls={open ? `${id}-content` : undefined}
      data-state={open ? "open" : "closed"}
      {...rest}
      ref={(node: HTMLButtonElement | null) => {
        trigger.current = node;
        if (typeof ref === "function") return ref(node);
        if (ref) ref.current = node;
      }}
    />
  );
}

export type { TriggerProps };
