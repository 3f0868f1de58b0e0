import { Ban, Keyboard, RotateCcw, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Me, useMe, useSavePreferences } from "@/api/client";
import { bindings, isAllowed } from "@/features/frame/bindings";
import { Keys } from "@/features/frame/Keys";
import { type Act, clashes, keymapOf, MAPS, type MapName, meet, type OwnKeys, readKeys, refusal } from "@/lib/keymap";
import { isSingle, keysText, recorder } from "@/lib/keys";
import { Button, IconButton } from "@/ui";
import { ChoiceField, SwitchField } from "@/ui/form";
import { Rows, RowsSkeleton, Section, SettingsPage } from "./Page";

const GROUPS = ["move", "act", "everywhere"] as const;

/** Which keys do what, for oneself. */
export function KeysPage() {
  const { t } = useTranslation("keyboard");
  const me = useMe();
  return (
    <SettingsPage title={t("title")} lead={t("lead")}>
      {me ? <Editor me={me} /> : <RowsSkeleton />}
    </SettingsPage>
  );
}

function Editor({ me }: { me: Me }) {
  const { t } = useTranslation(["keyboard", "frame"]);
  const save = useSavePreferences();
  const kept = readKeys(me.preferences.keys);
  const keymap = keymapOf(kept);
  const single = me.preferences.single_keys !== false;
  const [asking, ask] = useState<Act | null>(null);
  const keep = (next: OwnKeys) => save({ keys: next.map === "letters" && !Object.keys(next.own).length ? null : next });
  const set = (act: Act, keys: string) => {
    const own = { ...kept.own };
    // What it takes from another stays taken, also when this one changes again.
    for (const other of keys ? clashes(keymap, act, keys) : []) if (meet(own[other] ?? "", keys)) own[other] = "";
    own[act] = keys;
    if (MAPS[kept.map][act][0] === keys) delete own[act];
    keep({ ...kept, own });
    ask(null);
  };
  const reset = (act: Act) => {
    const { [act]: _, ...own } = kept.own;
    keep({ ...kept, own });
  };
  const count = Object.keys(kept.own).length;
  return (
    <>
      <Section title={t("map")}>
        <div className="flex max-w-[560px] flex-col gap-5">
          <ChoiceField
            label={t("mapLabel")}
            value={kept.map}
            hint={t(`maps.${kept.map}Hint`)}
            onChange={(map) => keep({ ...kept, map: map as MapName })}
            options={(Object.keys(MAPS) as MapName[]).map((value) => ({ value, label: t(`maps.${value}`) }))}
          />
          <SwitchField label={t("single")} hint={t("singleHint")} checked={single} onChange={(on) => save({ single_keys: on })} />
        </div>
      </Section>
      {GROUPS.map((group) => (
        <Section key={group} title={t(`frame:shortcuts.groups.${group}`)}>
          <Rows label={t(`frame:shortcuts.groups.${group}`)}>
            {bindings
              .filter((b) => b.group === group && isAllowed(b, me.permissions))
              .map(({ name }) => (
                <li key={name} className="px-4 py-2">
                  <div className="flex min-h-8 items-center gap-x-3 gap-y-1">
                    <span className="min-w-0 flex-1 text-sm [overflow-wrap:anywhere]">{t(`frame:keys.${name}`)}</span>
                    <span className="flex shrink-0 flex-wrap items-center gap-1.5">
                      {keymap[name].length === 0 && <span className="text-xs text-ink-3">{t("none")}</span>}
                      {keymap[name].map((keys, i) => (
                        <span key={keys} className={`flex items-center gap-1.5 ${!single && isSingle(keys) ? "opacity-45" : ""}`}>
                          {i > 0 && <span className="text-2xs text-ink-3">{t("frame:shortcuts.or")}</span>}
                          <Keys of={keys} />
                        </span>
                      ))}
                    </span>
                    <span className="flex items-center gap-1">
                      <Button
                        size="sm"
                        variant="ghost"
                        aria-label={t("changeNamed", { name: t(`frame:keys.${name}`) })}
                        aria-expanded={asking === name}
                        onClick={() => ask(asking === name ? null : name)}
                      >
                        {t("change")}
                      </Button>
                      <span className={kept.own[name] === undefined ? "invisible max-md:hidden" : undefined}>
                        <IconButton size="sm" label={t("reset", { name: t(`frame:keys.${name}`) })} onClick={() => reset(name)}>
                          <RotateCcw />
                        </IconButton>
                      </span>
                    </span>
                  </div>
                  {asking === name && (
                    <Recorder
                      name={t(`frame:keys.${name}`)}
                      taken={(keys) => clashes(keymap, name, keys).map((other) => t(`frame:keys.${other}`))}
                      idle={(keys) => !single && isSingle(keys)}
                      onKeys={(keys) => set(name, keys)}
                      onClose={() => ask(null)}
                    />
                  )}
                </li>
              ))}
          </Rows>
        </Section>
      ))}
      <div className="flex justify-end">
        <Button disabled={!count} onClick={() => keep({ ...kept, own: {} })}>
          <RotateCcw aria-hidden /> {t("resetAll")}
        </Button>
      </div>
    </>
  );
}

interface RecorderProps {
  name: string;
  /** What these keys do now. */
  taken: (keys: string) => string[];
  /** Whether they would do nothing, since keys of one letter are off. */
  idle: (keys: string) => boolean;
  onKeys: (keys: string) => void;
  onClose: () => void;
}

/** Takes the next keys that are pressed, one or two after each other. */
function Recorder({ name, taken, idle, onKeys, onClose }: RecorderProps) {
  const { t, i18n } = useTranslation("keyboard");
  const box = useRef<HTMLButtonElement>(null);
  const record = useRef(recorder());
  const [keys, setKeys] = useState("");
  const why = keys ? refusal(keys) : null;
  const others = keys && !why ? taken(keys) : [];
  const other = others.length > 0 && new Intl.ListFormat(i18n.language).format(others);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.focus();
    return () => {
      // Back to where one was, unless one has gone on by oneself.
      if (before instanceof HTMLElement && (!document.activeElement || document.activeElement === document.body)) before.focus();
    };
  }, []);
  return (
    <fieldset className="mt-1 mb-2 rounded-md bg-subtle p-3">
      <legend className="sr-only">{t("record", { name })}</legend>
      <div className="flex flex-wrap items-center gap-2">
        <button
          ref={box}
          type="button"
          aria-label={t("record", { name })}
          aria-describedby="keys-said"
          onKeyDown={(e) => {
            // Tab leaves, Escape gives up; everything else is taken as it is.
            if (e.key === "Tab") return;
            e.preventDefault();
            e.stopPropagation();
            if (e.key === "Escape") return onClose();
            if (e.key === "Enter" && keys && !why) return onKeys(keys);
            const next = record.current.press(e.nativeEvent, e.timeStamp);
            if (next) setKeys(next);
          }}
          className="flex min-h-9 min-w-52 items-center justify-center gap-2 rounded-sm border border-dashed border-line-control bg-raised px-3 text-sm text-ink-3 max-md:min-h-11"
        >
          <Keyboard className="size-4" aria-hidden />
          {keys ? <Keys of={keys} /> : t("press")}
        </button>
        <Button variant="primary" disabled={!keys || !!why} onClick={() => onKeys(keys)}>
          {t(other ? "take" : "use")}
        </Button>
        <Button variant="ghost" onClick={() => onKeys("")}>
          <Ban aria-hidden /> {t("off")}
        </Button>
        <Button variant="ghost" onClick={onClose}>
          {t("cancel")}
        </Button>
      </div>
      <p id="keys-said" role="status" className={`mt-2 flex items-center gap-1.5 text-xs ${why ? "text-bad" : other ? "text-warn" : "text-ink-3"}`}>
        {(why || other) && <TriangleAlert className="size-3.5 shrink-0" aria-hidden />}
        {why ? t(`refused.${why}`) : other ? t("taken", { keys: keysText(keys), name: other }) : keys && idle(keys) ? t("idle") : keys ? t("enter") : t("pressHint")}
      </p>
    </fieldset>
  );
}
