import { type ComponentProps, lazy, Suspense, useEffect } from "react";
import { Control, Opens, soon, type TriggerProps, useEver, useOpening } from "./opening";

const parts = () => import("./PopoverPanel");
const preload = soon(parts);
const Panel = lazy(() => parts().then((m) => ({ default: m.PopoverPanel })));

function Trigger({ onClick, ...rest }: TriggerProps) {
  const { open, setOpen } = useOpening();
  useEffect(preload, []);
  return (
    <Control
      kind="dialog"
      {...rest}
      onClick={(e) => {
        onClick?.(e);
        if (!e.defaultPrevented) setOpen(!open);
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

export const Popover = { Root: Opens, Trigger, Content };
