import { useTranslation } from "react-i18next";
import { strength } from "./password";

const PARTS = { empty: 0, short: 1, weak: 1, fair: 2, good: 3, strong: 4 } as const;
const TONES = { empty: "", short: "bg-bad", weak: "bg-bad", fair: "bg-warn", good: "bg-good", strong: "bg-good" } as const;

/** The strength of a password in a word and four marks. */
export function Strength({ password, about }: { password: string; about: readonly string[] }) {
  const { t } = useTranslation("setup");
  const level = strength(password, about);
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1" aria-live="polite">
      <span className="flex gap-1" aria-hidden>
        {[1, 2, 3, 4].map((n) => (
          <i key={n} className={`h-1 w-7 rounded-full ${n <= PARTS[level] ? TONES[level] : "bg-press"}`} />
        ))}
      </span>
      <span>{t(`strength.${level}`)}</span>
    </span>
  );
}
