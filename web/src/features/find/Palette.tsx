import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouterState } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Search } from "lucide-react";
import { Dialog as D } from "radix-ui";
import { type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Keys } from "@/features/frame/Keys";
import { useFrame } from "@/features/frame/state";
import { useDebounced } from "@/lib/use-debounced";
import { Avatar } from "@/ui";
import { useReturn } from "@/ui/return";
import { useCommands } from "./commands";
import { iconOf, keyOf, matches, place, search } from "./hits";

const heading =
  "[&_[cmdk-group-heading]]:px-3 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-ink-3";

function Row({ value, icon, keys, onSelect, children }: { value: string; icon: ReactNode; keys?: string; onSelect: () => void; children: ReactNode }) {
  return (
    <Command.Item value={value} onSelect={onSelect} className="flex h-10 items-center gap-3 rounded-md px-3 text-sm data-[selected=true]:bg-hover max-md:h-11">
      <span className="grid w-5 shrink-0 place-items-center text-ink-3 [&_svg]:size-4">{icon}</span>
      <span className="min-w-0 flex-1 truncate">{children}</span>
      {keys && (
        <span className="max-md:hidden">
          <Keys of={keys} />
        </span>
      )}
    </Command.Item>
  );
}

/** Everything by name: commands, people, conversations. */
export default function Palette({ onToggleTheme }: { onToggleTheme: () => void }) {
  const { t } = useTranslation("find");
  const open = useFrame((s) => s.palette);
  const closed = useReturn(open);
  const navigate = useNavigate();
  const path = useRouterState({ select: (s) => s.location.pathname });
  const [typed, setTyped] = useState("");
  const text = typed.trim();
  const asked = useDebounced(text, 150);
  const chosen = useRef<(() => void) | null>(null);

  const groups = useCommands(/^\/inbox\/[^/]+/.test(path), onToggleTheme)
    .map((g) => ({ ...g, commands: g.commands.filter((c) => !text || matches(t(`palette.${c.name}`), text)) }))
    .filter((g) => g.commands.length > 0);
  const found = useQuery({
    queryKey: ["search", "palette", asked],
    queryFn: ({ signal }) => search(asked, 8, undefined, signal),
    enabled: open && asked !== "",
    staleTime: 15_000,
    retry: false,
  });
  const hits = text && asked ? (found.data?.data ?? []) : [];
  const contacts = hits.filter((h) => h.kind === "contact");
  const conversations = hits.filter((h) => h.kind !== "contact");
  const waiting = text !== "" && (text !== asked || found.isFetching);

  const change = (next: boolean) => {
    useFrame.setState({ palette: next });
    if (!next) setTyped("");
  };
  // First the dialog goes and the focus returns, then the command may move it.
  const choose = (run: () => void) => () => {
    chosen.current = run;
    change(false);
  };

  return (
    <D.Root open={open} onOpenChange={change}>
      <D.Portal>
        <D.Overlay className="veil fixed inset-0 z-40" />
        <D.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(e) => {
            closed(e);
            const run = chosen.current;
            chosen.current = null;
            if (run) setTimeout(run);
          }}
          className="pop fixed inset-x-0 top-[12vh] z-50 mx-auto w-[min(600px,calc(100vw-24px))] overflow-hidden rounded-xl border border-line bg-raised shadow-3 max-md:top-3"
        >
          <D.Title className="sr-only">{t("palette.title")}</D.Title>
          <Command shouldFilter={false} loop label={t("palette.title")}>
            <div className="flex items-center gap-3 border-b border-line px-4">
              <Search className="size-[18px] shrink-0 text-ink-3" aria-hidden />
              <Command.Input
                value={typed}
                onValueChange={setTyped}
                placeholder={t("palette.input")}
                className="h-[52px] min-w-0 flex-1 bg-transparent text-md outline-none placeholder:text-ink-3 max-md:text-[16px]"
              />
              <Keys of="escape" />
            </div>
            <Command.List label={t("palette.results")} className="scroll max-h-[min(420px,60vh)] overflow-y-auto p-2 pt-0">
              {groups.map((g) => (
                <Command.Group key={g.name} heading={t(`palette.${g.name}`)} className={heading}>
                  {g.commands.map((c) => (
                    <Row key={c.name} value={`command-${c.name}`} icon={<c.icon aria-hidden />} keys={c.keys} onSelect={choose(c.run)}>
                      {t(`palette.${c.name}`)}
                    </Row>
                  ))}
                </Command.Group>
              ))}
              {[contacts, conversations].map(
                (list, i) =>
                  list.length > 0 && (
                    <Command.Group key={i ? "conversations" : "contacts"} heading={t(i ? "palette.conversations" : "palette.contacts")} className={heading}>
                      {list.map((h) => {
                        const Icon = iconOf(h);
                        return (
                          <Row
                            key={keyOf(h)}
                            value={keyOf(h)}
                            icon={h.kind === "contact" ? <Avatar name={h.title} id={h.contact_id ?? undefined} size={22} /> : <Icon aria-hidden />}
                            onSelect={choose(() => void navigate(place(h)))}
                          >
                            {h.title}
                            {h.subtitle && <span className="text-ink-3"> · {h.subtitle}</span>}
                          </Row>
                        );
                      })}
                    </Command.Group>
                  ),
              )}
              {text && (
                <Command.Group className="mt-1 border-t border-line pt-1">
                  <Row value="everywhere" icon={<Search aria-hidden />} onSelect={choose(() => void navigate({ to: "/search", search: { q: text } }))}>
                    {t("palette.everywhere", { q: text })}
                  </Row>
                </Command.Group>
              )}
            </Command.List>
            <p role="status" className="px-5 text-xs text-ink-3 not-empty:pt-0 not-empty:pb-3">
              {waiting ? t("palette.searching") : text && found.isError ? t("palette.searchFailed") : text && !hits.length && !groups.length ? t("palette.none", { q: text }) : ""}
            </p>
          </Command>
        </D.Content>
      </D.Portal>
    </D.Root>
  );
}
