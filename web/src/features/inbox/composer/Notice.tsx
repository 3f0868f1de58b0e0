import { Ban, MessageSquareDot, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

const LOOK = {
  changed: { icon: MessageSquareDot, look: "bg-warn-soft text-warn" },
  refused: { icon: Ban, look: "bg-warn-soft text-warn" },
  failed: { icon: TriangleAlert, look: "bg-bad-soft text-bad" },
} as const;

export function Notice({ kind, id, children, action }: { kind: keyof typeof LOOK; id?: string; children: ReactNode; action?: ReactNode }) {
  const { icon: Icon, look } = LOOK[kind];
  return (
    <div role="alert" id={id} className={`mx-2 mb-2 flex flex-wrap items-center gap-2 rounded-md px-2.5 py-1.5 text-xs font-medium ${look}`}>
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className="min-w-0 flex-1 basis-40 [overflow-wrap:anywhere]">{children}</span>
      {action}
    </div>
  );
}
