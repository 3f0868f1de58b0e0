import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { soon, useEver } from "./opening";
import { useReturn } from "./return";

export interface DrawerProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  side?: "start" | "end";
  className?: string;
  /** The content has its own head and its own padding. */
  bare?: boolean;
}

const part = () => import("./DrawerPanel");
const preload = soon(part);
const Panel = lazy(() => part().then((m) => ({ default: m.DrawerPanel })));

/** Comes in from a side and leaves the page where it was. */
export function Drawer(props: DrawerProps) {
  const ever = useEver(props.open);
  const closed = useReturn(props.open);
  useEffect(preload, []);
  if (!ever) return null;
  return (
    <Suspense fallback={null}>
      <Panel {...props} onClosed={closed} />
    </Suspense>
  );
}
