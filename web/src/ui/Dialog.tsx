import { lazy, type ReactNode, Suspense, useEffect } from "react";
import { soon, useEver } from "./opening";
import { useReturn } from "./return";

export interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children: ReactNode;
  className?: string;
  /** No visible head: the content says itself what it is. */
  bare?: boolean;
}

const part = () => import("./DialogPanel");
const preload = soon(part);
const Panel = lazy(() => part().then((m) => ({ default: m.DialogPanel })));

/** Above the page; a full-height sheet on a phone. */
export function Dialog(props: DialogProps) {
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
