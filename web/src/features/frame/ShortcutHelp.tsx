import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import { Dialog as D } from "radix-ui";
import { useTranslation } from "react-i18next";
import { useMe } from "@/api/client";
import { useKeymap } from "@/lib/keymap";
import { bindings, isAllowed } from "./bindings";
import { Keys } from "./Keys";
import { useFrame } from "./state";
import { IconButton } from "@/ui";
import { useReturn } from "@/ui/return";

const groups = ["move", "act", "write", "everywhere"] as const;
const write = [
  { name: "send", keys: ["mod+enter"] },
  { name: "sendClose", keys: ["mod+shift+enter"] },
  { name: "leave", keys: ["escape"] },
  { name: "canned", keys: ["/"] },
];

/** Every key there is, in one list. */
export function ShortcutHelp() {
  const { t } = useTranslation("frame");
  const open = useFrame((s) => s.help);
  const me = useMe();
  const closed = useReturn(open);
  const keymap = useKeymap((s) => s.keymap);
  const rows = (group: (typeof groups)[number]) =>
    group === "write" ? write : bindings.filter((b) => b.group === group && isAllowed(b, me?.permissions)).map((b) => ({ name: b.name, keys: keymap[b.name] }));
  return (
    <D.Root open={open} onOpenChange={(help) => useFrame.setState({ help })}>
      <D.Portal>
        <D.Overlay className="veil fixed inset-0 z-40" />
        <D.Content
          aria-describedby={undefined}
          onCloseAutoFocus={closed}
          tabIndex={-1}
          onOpenAutoFocus={(e) => {
            e.preventDefault();
            (e.currentTarget as HTMLElement).focus();
          }}
          className="pop scroll fixed inset-x-0 top-[6vh] z-50 mx-auto max-h-[88vh] w-[min(720px,calc(100vw-24px))] overflow-y-auto rounded-xl border border-line bg-raised p-6 shadow-3 outline-none max-md:inset-0 max-md:max-h-none max-md:w-full max-md:rounded-none max-md:border-0"
        >
          <div className="flex items-center justify-between gap-3">
            <D.Title className="text-lg font-semibold tracking-[-0.015em]">{t("shortcuts.title")}</D.Title>
            <D.Close asChild>
              <IconButton label={t("shortcuts.close")}>
                <X />
              </IconButton>
            </D.Close>
          </div>
          {me?.preferences.single_keys === false && <p className="mt-2 text-sm text-ink-2">{t("shortcuts.off")}</p>}
          <Link to="/settings/keys" onClick={() => useFrame.setState({ help: false })} className="mt-1 inline-block text-sm text-accent-ink hover:underline">
            {t("shortcuts.change")}
          </Link>
          <div className="mt-4 columns-1 gap-10 md:columns-2">
            {groups.map((group) => (
              <section key={group} className="mb-6 break-inside-avoid">
                <h3 className="mb-2 text-xs font-medium text-ink-3">{t(`shortcuts.groups.${group}`)}</h3>
                <dl className="space-y-1.5">
                  {rows(group).map(({ name, keys }) => (
                    <div key={name} className="flex min-h-6 items-center justify-between gap-3">
                      <dt className="text-sm">{t(`keys.${name}`)}</dt>
                      <dd className="flex items-center gap-1.5">
                        {keys.length === 0 && <span className="text-2xs text-ink-3">{t("shortcuts.none")}</span>}
                        {keys.map((k, i) => (
                          <span key={k} className="flex items-center gap-1.5">
                            {i > 0 && <span className="text-2xs text-ink-3">{t("shortcuts.or")}</span>}
                            <Keys of={k} />
                          </span>
                        ))}
                      </dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}
