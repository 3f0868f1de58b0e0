import { type ComponentProps, lazy, Suspense, useEffect } from "react";
import { Control, Opens, soon, type TriggerProps, useEver, useOpening } from "./opening";

// Only the control comes with the page; the menu itself follows.
const parts = () => import("./MenuParts");
const preload = soon(parts);
const Panel = lazy(() => parts().then((m) => ({ default: m.Panel })));

function Trigger({ onPointerDown, onKeyDown, ...rest }: TriggerProps) {
  const { open, setOpen, byKey } = useOpening();
  useEffect(preload, []);
  return (
    <Control
      kind="menu"
      {...rest}
      onPointerDown={(e) => {
        onPointerDown?.(e);
        if (e.defaultPrevented || rest.disabled || e.button !== 0 || e.ctrlKey) return;
        byKey.current = false;
        setOpen(!open);
        // The menu takes the focus, so the control must not take it after.
        if (!open) e.preventDefault();
      }}
      onKeyDown={(e) => {
        onKeyDown?.(e);
        if (e.defaultPrevented || rest.disabled || !["Enter", " ", "ArrowDown"].includes(e.key)) return;
        byKey.current = true;
        setOpen(e.key === "ArrowDown" || !open);
        e.preventDefault();
      }}
    />
  );
}

function Content(props: ComponentProps<typeof Panel>) {
  const ever = useEver(useOpening().open);
  if (!ever) return null;
  return (
    <Suspense fallback={null}>
      <Panel {...props} />
    </Suspense>
  );
}

// Only ever shown in a panel, whose chunk they are in.
const Item = lazy(() => parts().then((m) => ({ default: m.Item })));
const Choice = lazy(() => parts().then((m) => ({ default: m.Choice })));
const Separator = lazy(() => parts().then((m) => ({ default: m.Separator })));
const Heading = lazy(() => parts().then((m) => ({ default: m.Heading })));

export const Menu = { Root: Opens, Trigger, Content, Item, Choice, Separator, Heading };
