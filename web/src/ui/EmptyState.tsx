import type { ComponentType, ReactNode } from "react";

interface Props {
  icon: ComponentType<{ className?: string }>;
  title?: string;
  text: string;
  action?: ReactNode;
}

export function EmptyState({ icon: Icon, title, text, action }: Props) {
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-16 text-center">
      <span className="grid size-12 place-items-center rounded-full bg-hover text-ink-3">
        <Icon className="size-5" aria-hidden />
      </span>
      {title && <p className="text-md font-semibold">{title}</p>}
      <p className="max-w-80 text-sm text-ink-2">{text}</p>
      {action}
    </div>
  );
}
