import { caps } from "@/lib/keys";

/** Key caps of one binding. */
export function Keys({ of }: { of: string }) {
  return (
    <span dir="ltr" className="flex shrink-0 gap-1">
      {caps(of).map((cap, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: caps never move
        <kbd key={i} className="grid h-5 min-w-5 place-items-center rounded-xs border border-line bg-raised px-1 text-2xs text-ink-2">
          {cap}
        </kbd>
      ))}
    </span>
  );
}
