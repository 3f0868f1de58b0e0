import { useQuery } from "@tanstack/react-query";
import { AtSign, X } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import type { Contact, Page } from "@/api/types";
import { useDebounced } from "@/lib/use-debounced";
import { Avatar } from "@/ui";
import { kindOf } from "./reach";

export type Person = Contact | { address: string; kind: string };

interface Props {
  value: Person | null;
  onChange: (value: Person | null) => void;
  kinds: readonly string[];
  error?: string | null;
}

/** Someone known, found by name or address, or a new address. */
export function PersonField({ value, onChange, kinds, error }: Props) {
  const { t } = useTranslation("newConversation");
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState(0);
  const query = useDebounced(text.trim(), 200);
  const found = useQuery({
    queryKey: ["contacts", "pick", query],
    queryFn: () => api.get<Page<Contact>>(`/contacts?limit=7${query ? `&text=${encodeURIComponent(query)}` : ""}`),
    enabled: open && !value,
    placeholderData: (before) => before,
  });
  const kind = kindOf(text, kinds);
  const people = found.data?.data ?? [];
  const options: Person[] = [
    ...people,
    ...(kind && !people.some((p) => p.handles.some((h) => h.value.toLowerCase() === text.trim().toLowerCase())) ? [{ address: text.trim(), kind }] : []),
  ];
  const at = Math.min(chosen, options.length - 1);

  const emptied = useRef(false);
  useEffect(() => {
    if (!value && emptied.current) input.current?.focus();
    emptied.current = false;
  }, [value]);

  const pick = (p: Person) => {
    onChange(p);
    setText("");
    setOpen(false);
  };

  if (value) {
    const name = "address" in value ? value.address : value.name;
    return (
      <div>
        <p className="mb-1.5 text-sm font-medium">{t("person")}</p>
        <div className="flex h-9 items-center gap-2 rounded-sm border border-line-control ps-2 max-md:h-11">
          {"address" in value ? <AtSign className="size-4 text-ink-3" aria-hidden /> : <Avatar id={value.id} name={value.name} size={22} />}
          <span className="min-w-0 flex-1 truncate text-sm">{name}</span>
          <button
            type="button"
            aria-label={t("removePerson", { name })}
            className="grid size-8 place-items-center rounded-sm text-ink-3 hover:bg-hover hover:text-ink max-md:size-11"
            onClick={() => {
              emptied.current = true;
              onChange(null);
            }}
          >
            <X className="size-4" aria-hidden />
          </button>
        </div>
        {error && (
          <p role="alert" className="mt-1.5 text-xs font-medium text-bad">
            {error}
          </p>
        )}
      </div>
    );
  }
  return (
    <div className="relative">
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">
        {t("person")}
      </label>
      <input
        ref={input}
        id={id}
        role="combobox"
        aria-expanded={open && options.length > 0}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={open && options[at] ? `${id}-${at}` : undefined}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        autoComplete="off"
        spellCheck={false}
        value={text}
        placeholder={t("personHint")}
        className="h-9 w-full rounded-sm border border-line-control bg-raised px-2.5 text-sm placeholder:text-ink-3 aria-invalid:border-bad max-md:h-11 max-md:text-[16px]"
        onFocus={() => setOpen(true)}
        onBlur={() => {
          setOpen(false);
          if (kind) pick({ address: text.trim(), kind });
        }}
        onChange={(e) => {
          setText(e.target.value);
          setChosen(0);
          setOpen(true);
        }}
        onKeyDown={(e) => {
          if (e.nativeEvent.isComposing) return;
          const option = options[at];
          if (e.key === "ArrowDown") setChosen(Math.min(at + 1, options.length - 1));
          else if (e.key === "ArrowUp") setChosen(Math.max(at - 1, 0));
          else if (e.key === "Enter" && open && option && !e.metaKey && !e.ctrlKey) pick(option);
          else if (e.key === "Escape" && open && text) {
            e.stopPropagation();
            setText("");
          } else return;
          e.preventDefault();
        }}
      />
      {open && options.length > 0 && (
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={t("person")}
          className="pop scroll absolute inset-x-0 top-full z-20 mt-1 max-h-72 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-3"
        >
          {options.map((p, i) => (
            // biome-ignore lint/a11y/useFocusableInteractive lint/a11y/useKeyWithClickEvents: the field keeps the focus and handles the keys
            <div
              key={"address" in p ? p.address : p.id}
              id={`${id}-${i}`}
              role="option"
              aria-selected={i === at}
              onMouseDown={(e) => e.preventDefault()}
              onClick={() => pick(p)}
              className={`flex min-h-9 items-center gap-2.5 rounded-sm px-2 text-sm max-md:min-h-11 ${i === at ? "bg-hover" : ""}`}
            >
              {"address" in p ? (
                <>
                  <AtSign className="size-4 shrink-0 text-ink-3" aria-hidden />
                  <span className="truncate">{t("writeTo", { address: p.address })}</span>
                </>
              ) : (
                <>
                  <Avatar id={p.id} name={p.name} hue={p.avatar_hue} size={22} />
                  <span className="truncate">{p.name}</span>
                  <span className="min-w-0 flex-1 truncate text-ink-3">{p.handles[0]?.value}</span>
                </>
              )}
            </div>
          ))}
        </div>
      )}
      {open && query && found.isSuccess && !found.isPlaceholderData && options.length === 0 && (
        <p role="status" className="mt-1.5 text-xs text-ink-3">
          {t("noPerson")}
        </p>
      )}
      {error && (
        <p id={`${id}-error`} role="alert" className="mt-1.5 text-xs font-medium text-bad">
          {error}
        </p>
      )}
    </div>
  );
}
